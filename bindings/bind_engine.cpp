/// Running graphs.
#include <pybind11/stl.h>
#include <pybind11/stl/filesystem.h>
#include <unistd.h>

#include <exception>
#include <map>
#include <optional>
#include <utility>

#include "calotype/crash_report.h"
#include "calotype/enclosing_run.h"
#include "calotype/environment.h"
#include "calotype/graph_json.h"
#include "calotype/isolated_run.h"
#include "calotype/provenance.h"
#include "calotype/safetensors.h"
#include "device_memory.h"
#include "module.h"
#include "py_observer.h"
#include "runner.h"

namespace calotype::python {

namespace {

using Pairs = std::vector<std::pair<std::string, py::object>>;
using Names = std::vector<std::pair<std::string, std::string>>;

struct PyResult {
  std::map<std::string, std::shared_ptr<PyValue>> outputs;
  std::vector<NodeReport> nodes;
  double seconds = 0;
  ResolvedGraph graph;
  std::map<std::string, std::string> file_digests;
  std::vector<Diagnostic> warnings;
  std::shared_ptr<PyRegistry> registry;  ///< it owns the schemas that the graph points to
};

/// What a caller asks of one run.
struct Request {
  std::shared_ptr<Graph> graph;
  GraphSettings settings;
  std::map<std::string, std::shared_ptr<PyValue>> values;
};

Request make_request(std::shared_ptr<Graph> graph, const Pairs& set, Names outputs,
                     bool keep_graph_outputs,
                     std::map<std::string, std::shared_ptr<PyValue>> values) {
  Request request{std::move(graph), {}, std::move(values)};
  for (const auto& [name, value] : set) {
    request.settings.set.emplace_back(name, to_param(value, "setting " + quote(name)));
  }
  request.settings.outputs = std::move(outputs);
  request.settings.keep_graph_outputs = keep_graph_outputs;
  return request;
}

/// A validated graph with the values that were given to it.
struct Prepared {
  std::optional<Plan> plan;
  std::shared_ptr<const void> values;
  std::vector<Diagnostic> warnings;
};

class PyEngine {
 public:
  PyEngine(std::shared_ptr<PyRegistry> registry, const EngineOptions& options,
           std::optional<IsolateOptions> isolate)
      : registry_(std::move(registry)),
        options_(options),
        isolate_(isolate),
        engine_(registry_->registry, options) {}

  Engine& engine() { return engine_; }
  const std::shared_ptr<PyRegistry>& registry() const { return registry_; }

  /// Without the GIL.
  Prepared prepare(const Request& request, const std::stop_token& stop = {}) {
    Prepared made;
    const Graph* graph = request.graph.get();
    GivenValues::Bound bound;
    if (!request.values.empty()) {
      bound = bind(*graph, request.values);
      graph = &bound.graph;
      made.values = std::move(bound.values);
    }
    ResolvedGraph resolved =
        validate(*graph, *registry_->registry, request.settings, &made.warnings);
    made.plan.emplace(engine_.prepare(std::move(resolved), stop));
    return made;
  }

  std::shared_ptr<PyResult> run(const Request& request, const py::object& callback,
                                const std::stop_source& callers_stop, bool use_cache, bool explain,
                                bool watch_signals) {
    // Of this run alone: what stops it from here must not stop others of the caller's.
    std::stop_source stop;
    const std::stop_callback forward(callers_stop.get_token(), [&] { stop.request_stop(); });
    PyObserver observer(callback, stop);
    RunOptions options;
    options.use_cache = use_cache;
    options.explain = explain;
    options.stop = stop.get_token();
    options.observer = &observer;

    auto result = std::make_shared<PyResult>();
    std::optional<Error> error;
    std::exception_ptr failure;
    const std::function<void()> job = [&] {
      try {
        fill(request, options, *result);
      } catch (const Error& e) {
        error = e;
      } catch (...) {
        failure = std::current_exception();
      }
    };
    bool interrupted = false;
    {
      const py::gil_scoped_release released;
      if (watch_signals) {
        runner_.run(job, [&] { interrupted = look_for_signals(stop) || interrupted; });
      } else {
        job();
      }
    }
    if (interrupted) throw std::move(*interrupt_);
    observer.rethrow();
    if (error) raise(*error);
    if (failure) std::rethrow_exception(failure);
    return result;
  }

 private:
  GivenValues::Bound bind(const Graph& graph,
                          const std::map<std::string, std::shared_ptr<PyValue>>& given) {
    std::map<std::string, Value> values;
    for (const auto& [name, value] : given) values[name] = value->value.value();
    return isolate_ ? GivenValues::bind_as_files(graph, values)
                    : registry_->given->bind(graph, values);
  }

  void fill(const Request& request, const RunOptions& options, PyResult& result) {
    Prepared prepared = prepare(request, options.stop);
    RunResult run = compute(*prepared.plan, options);
    for (auto& [name, value] : run.outputs) {
      result.outputs[name] = std::make_shared<PyValue>(PyValue{std::move(value), registry_});
    }
    result.nodes = std::move(run.nodes);
    result.seconds = run.seconds;
    result.file_digests = prepared.plan->file_digests();
    result.graph = std::move(*prepared.plan).graph();
    result.warnings = std::move(prepared.warnings);
    result.registry = registry_;
  }

  RunResult compute(const Plan& plan, RunOptions options) {
    if (isolate_) {
      return run_isolated(plan.graph(), *registry_->registry, options_, *isolate_, options);
    }
    CrashReport crash_report(options.observer);
    options.observer = &crash_report;
    return engine_.run(plan, options);
  }

  /// True when a handler raised, which stops the run.
  bool look_for_signals(std::stop_source stop) {
    const py::gil_scoped_acquire gil;
    if (PyErr_CheckSignals() == 0) return false;
    interrupt_.emplace();
    stop.request_stop();
    return true;
  }

  std::shared_ptr<PyRegistry> registry_;
  EngineOptions options_;
  std::optional<IsolateOptions> isolate_;
  Engine engine_;
  std::optional<py::error_already_set> interrupt_;
  Runner runner_;
};

std::shared_ptr<PyEngine> make_engine(std::shared_ptr<PyRegistry> registry,
                                      const std::filesystem::path& cache_folder,
                                      std::uint64_t disk_budget, std::size_t host_budget,
                                      std::size_t device_budget, int workers, bool torch_has_cuda,
                                      bool isolate, double timeout, std::uint64_t memory_limit) {
  EngineOptions options;
  options.cache_folder = cache_folder;
  options.disk_budget = disk_budget;
  options.host_budget = host_budget;
  options.device_budget = device_budget;
  options.workers = workers;
  options.environment = run_environment(CALOTYPE_TORCH_VERSION, torch_has_cuda);
  std::optional<IsolateOptions> isolated;
  if (isolate) {
    isolated.emplace();
    isolated->timeout = std::chrono::milliseconds(static_cast<std::int64_t>(1000 * timeout));
    isolated->memory_limit = memory_limit;
  }
  auto engine = std::make_unique<PyEngine>(std::move(registry), options, isolated);
  return {engine.release(), [pid = ::getpid()](PyEngine* made) {
            // A forked child has none of its threads, and would wait for them forever.
            if (::getpid() != pid) return;
            // A worker that ends may be the last to hold a Python node, which takes the GIL to go.
            std::optional<py::gil_scoped_release> released;
            if (Py_IsInitialized() && PyGILState_Check()) released.emplace();
            delete made;
          }};
}

py::list to_tuples(const std::vector<NodeReport>& reports) {
  py::list all;
  for (const NodeReport& r : reports) all.append(from_report(r));
  return all;
}

py::list check(PyEngine& engine, std::shared_ptr<Graph> graph, const Pairs& set, Names outputs,
               bool keep_graph_outputs, std::map<std::string, std::shared_ptr<PyValue>> values) {
  const Request request = make_request(std::move(graph), set, std::move(outputs),
                                       keep_graph_outputs, std::move(values));
  std::vector<Diagnostic> found;
  {
    const py::gil_scoped_release released;
    found = engine.prepare(request).warnings;
  }
  py::list warnings;
  for (const Diagnostic& d : found) warnings.append(from_diagnostic(d));
  return warnings;
}

py::list explain(PyEngine& engine, std::shared_ptr<Graph> graph, const Pairs& set, Names outputs,
                 bool keep_graph_outputs, std::map<std::string, std::shared_ptr<PyValue>> values) {
  const Request request = make_request(std::move(graph), set, std::move(outputs),
                                       keep_graph_outputs, std::move(values));
  std::vector<NodeReport> reports;
  {
    const py::gil_scoped_release released;
    reports = engine.engine().explain(*engine.prepare(request).plan);
  }
  return to_tuples(reports);
}

std::shared_ptr<PyResult> run(PyEngine& engine, std::shared_ptr<Graph> graph, const Pairs& set,
                              Names outputs, bool keep_graph_outputs,
                              std::map<std::string, std::shared_ptr<PyValue>> values,
                              const py::object& callback, const std::stop_source& stop,
                              bool use_cache, bool explain, bool watch_signals) {
  const Request request = make_request(std::move(graph), set, std::move(outputs),
                                       keep_graph_outputs, std::move(values));
  return engine.run(request, callback, stop, use_cache, explain, watch_signals);
}

std::map<std::string, std::string> provenance(const PyResult& result) {
  const py::gil_scoped_release released;
  return provenance_of(result.graph, result.file_digests, CALOTYPE_TORCH_VERSION);
}

/// The run that the thread which makes one works for, and whether a thread is inside of it.
struct PyEnclosingRun {
  EnclosingRun run = EnclosingRun::current();
  std::optional<InsideRun> inside;
};

void write_tensors(const std::filesystem::path& path, const PyValue& value,
                   const std::map<std::string, std::string>& metadata) {
  const py::gil_scoped_release released;
  TensorArchive archive = value.value.archive();
  for (const auto& [key, text] : metadata) archive.metadata[key] = text;
  archive.metadata["port_type"] = value.value.port_type();
  write_safetensors(path, archive);
}

py::tuple memory_used(PyEngine& engine) {
  MemoryUse use;
  {
    const py::gil_scoped_release released;
    use = engine.engine().memory().used();
  }
  return py::make_tuple(use.host, use.device);
}

py::dict disk_stats(PyEngine& engine) {
  py::dict stats;
  if (const DiskCache* disk = engine.engine().disk()) {
    DiskStats s;
    {
      const py::gil_scoped_release released;
      s = disk->stats();
    }
    stats["entries"] = s.entries;
    stats["bytes"] = s.bytes;
    stats["budget"] = s.budget;
  }
  return stats;
}

void clear(PyEngine& engine, bool memory, bool disk) {
  const py::gil_scoped_release released;
  if (memory) {
    engine.engine().memory().clear();
    give_device_memory_back();
  }
  if (disk && engine.engine().disk()) engine.engine().disk()->clear();
}

}  // namespace

void bind_engine(py::module_& m) {
  py::class_<std::stop_source>(m, "StopSource", "Stops runs that it was given to.")
      .def(py::init<>())
      .def("request_stop", [](std::stop_source& s) { s.request_stop(); })
      .def_property_readonly("stop_requested",
                             [](const std::stop_source& s) { return s.stop_requested(); });

  py::class_<PyResult, std::shared_ptr<PyResult>>(m, "RunResult")
      .def_readonly("outputs", &PyResult::outputs)
      .def_readonly("seconds", &PyResult::seconds)
      .def_property_readonly("nodes", [](const PyResult& r) { return to_tuples(r.nodes); })
      .def_property_readonly("warnings",
                             [](const PyResult& r) {
                               py::list all;
                               for (const Diagnostic& d : r.warnings)
                                 all.append(from_diagnostic(d));
                               return all;
                             })
      .def("graph_text", [](const PyResult& r) { return format_graph(to_graph(r.graph)); })
      .def("provenance", &provenance);

  py::class_<PyEnclosingRun>(m, "EnclosingRun",
                             "The run that the calling thread works for. In a with statement: so "
                             "does the thread of the statement, until its end.")
      .def(py::init<>())
      .def("__enter__", [](PyEnclosingRun& r) { r.inside.emplace(r.run); })
      .def("__exit__", [](PyEnclosingRun& r, const py::args&) { r.inside.reset(); });

  py::class_<PyEngine, std::shared_ptr<PyEngine>>(m, "Engine")
      .def(py::init(&make_engine), py::arg("registry"), py::arg("cache_folder"),
           py::arg("disk_budget"), py::arg("host_budget"), py::arg("device_budget"),
           py::arg("workers"), py::arg("torch_has_cuda"), py::arg("isolate"), py::arg("timeout"),
           py::arg("memory_limit"))
      .def_property_readonly("registry", &PyEngine::registry)
      .def("check", &check, py::arg("graph"), py::arg("set"), py::arg("outputs"),
           py::arg("keep_graph_outputs"), py::arg("values"))
      .def("explain", &explain, py::arg("graph"), py::arg("set"), py::arg("outputs"),
           py::arg("keep_graph_outputs"), py::arg("values"))
      .def("run", &run, py::arg("graph"), py::arg("set"), py::arg("outputs"),
           py::arg("keep_graph_outputs"), py::arg("values"), py::arg("callback"), py::arg("stop"),
           py::arg("use_cache"), py::arg("explain"), py::arg("watch_signals"))
      .def("clear", &clear, py::arg("memory"), py::arg("disk"))
      .def("memory_used", &memory_used)
      .def("disk_stats", &disk_stats)
      .def("take_warnings", [](PyEngine& e) {
        return e.engine().disk() ? e.engine().disk()->take_warnings() : std::vector<std::string>();
      });

  m.def("write_tensors", &write_tensors, py::arg("path"), py::arg("value"), py::arg("metadata"));
  m.def("default_cache_folder", [] { return default_cache_folder().string(); });
}

}  // namespace calotype::python
