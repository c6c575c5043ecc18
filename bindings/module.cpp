/// `calotype._core`: what calotype's Python package is built on. Use the package, not this module.
#include "module.h"

#include "node_context.h"

PYBIND11_MODULE(_core, m) {
  m.doc() = "The engine of calotype. Use the package `calotype`, which wraps it.";
  m.attr("version") = CALOTYPE_VERSION;
  m.attr("torch_version") = CALOTYPE_TORCH_VERSION;
  calotype::python::bind_errors(m);
  calotype::python::bind_graph(m);
  calotype::python::bind_value(m);
  calotype::python::bind_engine(m);
  calotype::python::bind_node_context(m);
  calotype::python::bind_python_node(m);
}
