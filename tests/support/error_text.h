#pragma once
#include <string>

#include "calotype/error.h"

namespace calotype::test {

/// What the call throws, or "no error".
template <class Call>
std::string error_text(Call&& call) {
  try {
    call();
  } catch (const Error& e) {
    return e.what();
  }
  return "no error";
}

}  // namespace calotype::test
