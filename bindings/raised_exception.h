#pragma once
/// The Python exception behind a node's error. The engine knows errors only, so the thread that ran
/// the node keeps the exception until the observer of the run hears of the failure on that thread.
#include <string>

#include "module.h"

namespace calotype::python {

/// Keeps the exception for `take_raised` on this thread; a former one is dropped.
void keep_raised(const py::error_already_set& error);
/// What was kept on this thread, or None.
py::object take_raised();

/// "ValueError: the text". Any exception has one: the text may be what no UTF-8 can hold, and
/// making it may raise.
std::string text_of(const py::error_already_set& error);

}  // namespace calotype::python
