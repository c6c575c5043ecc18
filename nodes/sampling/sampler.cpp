#include "sampling/sampler.h"

#include <algorithm>

#include "calotype/error.h"
#include "sampling/samplers/ddim.h"
#include "sampling/samplers/dpmpp_2m.h"
#include "sampling/samplers/dpmpp_2m_sde.h"
#include "sampling/samplers/euler.h"
#include "sampling/samplers/euler_ancestral.h"
#include "sampling/samplers/heun.h"
#include "sampling/samplers/lms.h"

namespace calotype {

namespace {

template <class S>
constexpr Sampler row() {
  return {S::kName, S::kOptions, S::kUnitVarianceStart, S::run};
}

constexpr std::array kSamplers{row<Euler>(),   row<EulerAncestral>(), row<Heun>(),
                               row<Dpmpp2M>(), row<Dpmpp2MSDE>(),     row<LMS>(),
                               row<DDIM>()};

bool uses(const Sampler& sampler, std::string_view option) {
  return std::find(sampler.options.begin(), sampler.options.end(), option) != sampler.options.end();
}

}  // namespace

std::span<const std::pair<std::string_view, SolverType>> EnumNames<SolverType>::table() {
  static constexpr std::array<std::pair<std::string_view, SolverType>, 2> kTable{
      {{"midpoint", SolverType::midpoint}, {"heun", SolverType::heun}}};
  return kTable;
}

std::span<const Sampler> samplers() { return kSamplers; }

std::vector<std::string> sampler_names() {
  std::vector<std::string> names;
  for (const Sampler& sampler : kSamplers) names.emplace_back(sampler.name);
  return names;
}

const Sampler& find_sampler(std::string_view name) {
  for (const Sampler& sampler : kSamplers) {
    if (sampler.name == name) return sampler;
  }
  throw Error(ErrorCode::run, "there is no sampler " + quote(name));
}

std::string users_of_option(std::string_view option) {
  std::vector<std::string> users;
  for (const Sampler& sampler : kSamplers) {
    if (uses(sampler, option)) users.push_back(quote(sampler.name));
  }
  std::string text;
  for (std::size_t i = 0; i < users.size(); ++i) {
    if (i > 0) text += i + 1 == users.size() ? " and " : ", ";
    text += users[i];
  }
  return text;
}

void check_options(const Sampler& sampler, const SamplerOptions& options) {
  const auto check = [&](std::string_view option, bool set) {
    if (!set || uses(sampler, option)) return;
    throw Error(ErrorCode::run,
                "option " + quote(option) + " is not used by sampler " + quote(sampler.name),
                "leave it out; it belongs to " + users_of_option(option));
  };
  check("eta", options.eta.has_value());
  check("s_noise", options.s_noise.has_value());
  check("s_churn", options.s_churn.has_value());
  check("s_tmin", options.s_tmin.has_value());
  check("s_tmax", options.s_tmax.has_value());
  check("solver_type", options.solver_type.has_value());
}

}  // namespace calotype
