#include "calotype/registry.h"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <set>
#include <utility>

#include "calotype/error.h"

namespace calotype {

namespace {

/// One plugin and how to open it; `open` is null for plugins that are open already.
struct Source {
  PluginInfo info;
  std::function<void()> open;
  std::mutex opening;
  bool is_open = false;
};

struct Entry {
  std::unique_ptr<const NodeSchema> schema;
  std::shared_ptr<const NodeType> node;  ///< null while the plugin is closed
  std::shared_ptr<Source> source;
};

/// A node type that was taken out. Graphs that were validated before point to its schema.
struct Retired {
  std::unique_ptr<const NodeSchema> schema;
  std::weak_ptr<const NodeType> node;
};

struct KnownPort {
  const PortType* type;
  std::string plugin;
};

}  // namespace

struct Registry::State {
  mutable std::recursive_mutex mutex;
  std::map<std::string, Entry, std::less<>> nodes;
  std::map<std::string, std::string, std::less<>> former_names;
  std::map<std::string, KnownPort, std::less<>> ports;
  std::vector<std::shared_ptr<Source>> sources;
  std::vector<Retired> retired;

  /// Throws when `type` belongs to another plugin, or to this one and is open already.
  void check_free(const std::string& type, const PluginInfo& plugin) const {
    const auto found = nodes.find(type);
    if (found == nodes.end()) return;
    const Entry& entry = found->second;
    const bool lazy_twin = !entry.node && entry.source->info.id == plugin.id &&
                           entry.source->info.library == plugin.library;
    if (lazy_twin) return;
    throw Error(ErrorCode::plugin,
                fmt::format("node type {} is registered by plugin {} and again by plugin {}",
                            quote(type), quote(entry.source->info.id), quote(plugin.id)),
                "remove one of the two plugins or rename the node type");
  }

  void check_ports(const NodeType& node, const PluginInfo& plugin) const {
    for (const PortType* type : node.port_types()) {
      const auto found = ports.find(type->name);
      if (found == ports.end() || found->second.type == type) continue;
      throw Error(ErrorCode::plugin,
                  fmt::format("port type {} is defined by plugin {} and again by plugin {}",
                              quote(type->name), quote(found->second.plugin), quote(plugin.id)),
                  "give the type a name with the vendor in front, such as \"vendor.Name\"");
    }
  }

  std::shared_ptr<Source> source_of(const PluginInfo& plugin) {
    for (const auto& source : sources) {
      if (source->info.id == plugin.id && source->info.library == plugin.library) return source;
    }
    sources.push_back(std::make_shared<Source>());
    sources.back()->info = plugin;
    return sources.back();
  }

  void add(NodeSchema schema, std::shared_ptr<const NodeType> node,
           const std::shared_ptr<Source>& source) {
    schema.plugin = source->info.id;
    for (const std::string& was : schema.was) former_names[was] = schema.type;
    Entry& entry = nodes[schema.type];
    // A schema that validated graphs point to stays where it is.
    if (!entry.schema) entry.schema = std::make_unique<const NodeSchema>(std::move(schema));
    entry.node = std::move(node);
    entry.source = source;
  }

  const Entry* find(std::string_view type) const {
    auto found = nodes.find(type);
    if (found == nodes.end()) {
      const auto former = former_names.find(type);
      if (former != former_names.end()) found = nodes.find(former->second);
    }
    return found == nodes.end() ? nullptr : &found->second;
  }
};

Registry::Registry() : state_(std::make_unique<State>()) {}
Registry::~Registry() = default;

void Registry::commit(const Registrar& registrar) {
  const std::lock_guard lock(state_->mutex);
  const PluginInfo& plugin = registrar.plugin();
  std::vector<std::string> seen;
  for (const auto& node : registrar.nodes()) {
    const std::string& type = node->schema().type;
    if (std::find(seen.begin(), seen.end(), type) != seen.end()) {
      throw Error(
          ErrorCode::plugin,
          fmt::format("plugin {} registers node type {} twice", quote(plugin.id), quote(type)),
          "register each node type once");
    }
    seen.push_back(type);
    state_->check_free(type, plugin);
    state_->check_ports(*node, plugin);
  }
  const auto source = state_->source_of(plugin);
  source->info.open = true;
  for (const auto& node : registrar.nodes()) {
    for (const PortType* type : node->port_types()) {
      state_->ports.try_emplace(type->name, KnownPort{type, plugin.id});
    }
    state_->add(node->schema(), node, source);
  }
}

void Registry::add_linked(PluginInfo plugin,
                          const std::function<void(Registrar&)>& register_nodes) {
  Registrar registrar(std::move(plugin));
  register_nodes(registrar);
  commit(registrar);
}

void Registry::remove_linked(std::string_view plugin_id) {
  const std::lock_guard lock(state_->mutex);
  for (auto node = state_->nodes.begin(); node != state_->nodes.end();) {
    Entry& entry = node->second;
    if (entry.source->info.id != plugin_id || !entry.source->info.library.empty()) {
      ++node;
      continue;
    }
    for (const std::string& was : entry.schema->was) state_->former_names.erase(was);
    state_->retired.push_back({std::move(entry.schema), entry.node});
    node = state_->nodes.erase(node);
  }
  std::erase_if(state_->sources, [&](const auto& source) {
    return source->info.id == plugin_id && source->info.library.empty();
  });
}

void Registry::commit_lazy(PluginInfo plugin, std::vector<NodeSchema> schemas,
                           std::function<void()> open) {
  const std::lock_guard lock(state_->mutex);
  for (const NodeSchema& schema : schemas) state_->check_free(schema.type, plugin);
  const auto source = state_->source_of(plugin);
  source->open = std::move(open);
  for (NodeSchema& schema : schemas) state_->add(std::move(schema), nullptr, source);
}

const NodeSchema* Registry::schema(std::string_view type) const {
  const std::lock_guard lock(state_->mutex);
  const Entry* entry = state_->find(type);
  return entry ? entry->schema.get() : nullptr;
}

std::vector<const NodeSchema*> Registry::schemas() const {
  const std::lock_guard lock(state_->mutex);
  std::vector<const NodeSchema*> all;
  all.reserve(state_->nodes.size());
  for (const auto& [type, entry] : state_->nodes) all.push_back(entry.schema.get());
  return all;
}

std::shared_ptr<const NodeType> Registry::node(std::string_view type) {
  std::shared_ptr<Source> source;
  {
    const std::lock_guard lock(state_->mutex);
    const Entry* entry = state_->find(type);
    if (!entry) throw Error(ErrorCode::plugin, "no plugin has node type " + quote(type));
    if (entry->node) return entry->node;
    source = entry->source;
  }
  // Outside the lock: opening a library calls commit() and may take seconds.
  // Not call_once: it throws through pthread_once, after which ThreadSanitizer waits for ever.
  {
    const std::scoped_lock lock(source->opening);
    if (!source->is_open) source->open();
    source->is_open = true;
  }
  const std::lock_guard lock(state_->mutex);
  const Entry* entry = state_->find(type);
  if (entry && entry->node) return entry->node;
  throw Error(ErrorCode::plugin,
              fmt::format("plugin {} no longer registers node type {}", quote(source->info.id),
                          quote(type)),
              "the library changed after its schemas were remembered; run again");
}

std::shared_ptr<const NodeType> Registry::node(const NodeSchema& schema) {
  if (auto node = open_node(schema)) return node;
  {
    const std::lock_guard lock(state_->mutex);
    const Entry* entry = state_->find(schema.type);
    if (!entry || entry->schema.get() != &schema) {
      throw Error(ErrorCode::plugin,
                  fmt::format("node type {} was replaced or taken out after the graph was checked",
                              quote(schema.type)),
                  "run again");
    }
  }
  return node(schema.type);
}

std::shared_ptr<const NodeType> Registry::open_node(const NodeSchema& schema) const {
  const std::lock_guard lock(state_->mutex);
  const Entry* entry = state_->find(schema.type);
  if (entry && entry->schema.get() == &schema) return entry->node;
  const auto found =
      std::find_if(state_->retired.begin(), state_->retired.end(),
                   [&](const Retired& retired) { return retired.schema.get() == &schema; });
  return found == state_->retired.end() ? nullptr : found->node.lock();
}

const PortType* Registry::port_type(std::string_view name) const {
  const std::lock_guard lock(state_->mutex);
  const auto found = state_->ports.find(name);
  return found == state_->ports.end() ? nullptr : found->second.type;
}

const PortType* Registry::find_port_type(std::string_view name) {
  if (const PortType* type = port_type(name)) return type;
  const auto has = [&](const std::vector<PortSchema>& ports) {
    return std::any_of(ports.begin(), ports.end(),
                       [&](const PortSchema& port) { return port.type == name; });
  };
  std::exception_ptr failure;
  for (const NodeSchema* schema : schemas()) {
    if (!has(schema->inputs) && !has(schema->outputs)) continue;
    try {
      (void)node(schema->type);
      if (const PortType* type = port_type(name)) return type;
    } catch (const Error&) {
      if (!failure) failure = std::current_exception();  // another plugin may have it too
    }
  }
  if (failure) std::rethrow_exception(failure);
  return nullptr;
}

std::vector<std::string> Registry::port_type_names() const {
  std::set<std::string> names;
  for (const NodeSchema* schema : schemas()) {
    for (const PortSchema& port : schema->inputs) names.insert(port.type);
    for (const PortSchema& port : schema->outputs) names.insert(port.type);
  }
  names.erase(std::string(kAnyType));
  return {names.begin(), names.end()};
}

std::vector<PluginInfo> Registry::plugins() const {
  const std::lock_guard lock(state_->mutex);
  std::vector<PluginInfo> all;
  for (const auto& source : state_->sources) all.push_back(source->info);
  return all;
}

}  // namespace calotype
