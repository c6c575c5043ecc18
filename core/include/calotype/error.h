#pragma once
/// The one exception type of Calotype and the diagnostics that it carries.
/// Values of these types are plain data: safe to copy between threads.
#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "calotype/api.h"

namespace calotype {

/// What a caller can branch on. The command line maps each to an exit code.
enum class ErrorCode {
  graph,      ///< the graph, its parameters or the command is wrong; nothing was run
  plugin,     ///< a plugin was refused or could not be loaded
  run,        ///< a node failed while it ran
  io,         ///< a file is missing, unreadable, malformed or could not be written
  cancelled,  ///< the caller asked to stop; not a failure
  internal,   ///< a bug of ours
};

/// "graph", "plugin" and so on, as the code is called.
CALOTYPE_API std::string_view to_text(ErrorCode);

enum class Severity { error, warning };

/// A place in a text file, both 1-based; line 0 means "no place known".
/// Columns count bytes of UTF-8.
struct SourcePos {
  int line = 0;
  int column = 0;
  friend bool operator==(const SourcePos&, const SourcePos&) = default;
};

/// One problem: where it is, what was expected, what was found, what to do.
/// Fields that do not apply stay empty.
struct Diagnostic {
  Severity severity = Severity::error;
  std::string file;     ///< path as the user wrote it
  SourcePos pos;        ///< inside `file`
  std::string excerpt;  ///< the source line at `pos`, for the caret
  std::string node;     ///< node id, `outer/inner` inside subgraphs
  std::string port;     ///< with its kind, such as `input "latent"` or `param "steps"`
  std::string what;     ///< one sentence without a final full stop
  std::string expected;
  std::string got;
  std::string hint;  ///< what to do about it
};

/// `file:line:col: node "n", input "p": what: expected E, got G`, then the source line with a
/// caret, then `  hint: ...`. Ends without a newline.
CALOTYPE_API std::string format(const Diagnostic&);

/// Thrown at every public border. `what()` is all diagnostics, formatted, one after the other.
class CALOTYPE_API Error : public std::exception {
 public:
  Error(ErrorCode code, std::vector<Diagnostic> diagnostics);
  /// A problem without a place in a file.
  Error(ErrorCode code, std::string what, std::string hint = {});
  Error(const Error&);
  ~Error() override;  // out of line: the key function keeps one typeinfo for all libraries

  ErrorCode code() const noexcept { return code_; }
  const std::vector<Diagnostic>& diagnostics() const noexcept { return diagnostics_; }
  const char* what() const noexcept override { return text_.c_str(); }

  /// What a node of another language threw, for who calls the engine from that language; opaque
  /// here, mostly null. The error that the engine makes of a node's failure keeps it.
  const std::shared_ptr<const void>& cause() const noexcept { return cause_; }
  Error with_cause(std::shared_ptr<const void> cause) const;

 private:
  ErrorCode code_;
  std::vector<Diagnostic> diagnostics_;
  std::string text_;
  std::shared_ptr<const void> cause_;
};

/// Thrown by a node for whose work there is no memory. The engine then empties its memory cache
/// and runs the node once more.
class CALOTYPE_API OutOfMemory : public Error {
 public:
  using Error::Error;
  explicit OutOfMemory(const Error& error);
  OutOfMemory(const OutOfMemory&);
  ~OutOfMemory() override;
};

/// `"name"` with quotes and control characters escaped, for messages.
CALOTYPE_API std::string quote(std::string_view name);

}  // namespace calotype
