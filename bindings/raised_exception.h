#pragma once
/// The Python exception behind a node's error.
#include <memory>
#include <string>

#include "module.h"

namespace calotype::python {

/// The exception, for Error::with_cause. It may be let go on any thread.
std::shared_ptr<const void> cause_from(const py::error_already_set& error);
/// The exception that is the cause of `error`, or None.
py::object cause_of(const Error& error);

/// "ValueError: the text". Any exception has one: the text may be what no UTF-8 can hold, and
/// making it may raise.
std::string text_of(const py::error_already_set& error);

}  // namespace calotype::python
