#pragma once
/// The one door to libtorch's full operator set; include it in sources, never in headers.
/// ivalue.h comes first because Clang 14 needs the complete c10::IValue before ATen.h.
// clang-format off
#include <ATen/core/ivalue.h>
#include <ATen/ATen.h>
// clang-format on
