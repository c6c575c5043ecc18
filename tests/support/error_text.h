#pragma once
#include <string>

#include "calotype/error.h"

namespace calotype::test {

/// Message of the calotype::Error that `body` throws; "no error" when it throws none.
template <class Body>
std::string error_text(Body&& body) {
  try {
    body();
  } catch (const Error& e) {
    return e.what();
  }
  return "no error";
}

}  // namespace calotype::test
