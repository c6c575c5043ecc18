#pragma once
/// Errors as messages, with every field of every diagnostic.
#include <nlohmann/json_fwd.hpp>

#include "calotype/error.h"

namespace calotype {

nlohmann::json error_message(const Error& error);
/// Throws nlohmann::json::exception when it is not one.
Error error_from(const nlohmann::json& message);

}  // namespace calotype
