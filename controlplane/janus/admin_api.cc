#include "controlplane/janus/admin_api.h"

#include <algorithm>

#include "controlplane/janus/videoroom/videoroom.h"
#include "controlplane/signalling/limits.h"
#include "dataplane/base/constant_time.h"

namespace penstock::janus {
namespace {

constexpr Field kTokenFields[] = {{"token", JsonType::kString, true},
                                  {"plugins", JsonType::kArray}};

// What a stored token may use.
JsonText plugins_of(const AccessTokens::Rights& rights) {
  ArrayText plugins;
  if (rights.has_videoroom) plugins.add(VideoRoom::kPackage);
  return std::move(plugins).json();
}

ObjectText with_plugins(const AccessTokens::Rights& rights) {
  return {{"data", ObjectText{{"plugins", plugins_of(rights)}}.json()}};
}

bool is_videoroom(const json::value& plugin) {
  return plugin.is_string() && std::string_view(plugin.get_string().data(),
                                                plugin.get_string().size()) == VideoRoom::kPackage;
}

std::string error_text(std::string_view transaction, const Error& error) {
  ObjectText reply{{"janus", "error"}};
  if (!transaction.empty()) reply.add("transaction", transaction);
  reply.add("error", ObjectText{{"code", error.code}, {"reason", error.text}}.json());
  return std::move(reply).text();
}

}  // namespace

const AdminApi::Verb AdminApi::kVerbs[] = {
    {"list_tokens", &AdminApi::list_tokens},   {"add_token", &AdminApi::add_token},
    {"allow_token", &AdminApi::allow_token},   {"disallow_token", &AdminApi::disallow_token},
    {"remove_token", &AdminApi::remove_token},
};

void AdminApi::on_http_request(ExchangeId exchange, const HttpApiRequest& request, Timestamp) {
  if (request.method != HttpApiRequest::Method::kPost)
    return sender_.reply(exchange,
                         {.status = 405, .body = {}, .headers = {{"Allow", "POST, OPTIONS"}}});
  if (!request.segments.empty()) return sender_.reply(exchange, {.status = 404, .body = {}});
  sender_.reply(exchange, {.status = 200, .body = answer(request.body)});
}

std::string AdminApi::answer(std::string_view body) {
  static constexpr Field kFields[] = {{"transaction", JsonType::kString, true},
                                      {"janus", JsonType::kString, true},
                                      {"admin_secret", JsonType::kString}};
  JsonReader reader(body);
  const auto value = reader.next();
  if (!*value) return error_text({}, {static_cast<int>(CoreError::kInvalidJson), value->error()});
  const json::object* request = (*value)->if_object();
  if (request == nullptr) {
    return error_text(
        {}, {static_cast<int>(CoreError::kInvalidJsonObject), "JSON error: not an object"});
  }
  const std::string_view transaction = get_string(*request, "transaction").value_or("");
  if (transaction.size() > kTransactionBytesMax) {
    return error_text({}, {static_cast<int>(CoreError::kInvalidElement),
                           "Invalid element (transaction is too long)"});
  }
  if (const auto checked = check_core_fields(*request, kFields); !checked)
    return error_text(transaction, checked.error());
  if (equals_ignoring_case(*get_string(*request, "janus"), "ping"))
    return ObjectText{{"janus", "pong"}, {"transaction", transaction}}.text();
  auto result = run(*request);
  if (!result) return error_text(transaction, result.error());
  result->add("janus", "success").add("transaction", transaction);
  return std::move(*result).text();
}

AdminApi::Result AdminApi::run(const json::object& request) {
  if (const auto checked = check_secret(request); !checked) return std::unexpected(checked.error());
  const std::string_view name = *get_string(request, "janus");
  for (const Verb& verb : kVerbs) {
    if (!equals_ignoring_case(name, verb.name)) continue;
    if (!tokens_.are_stored())
      return fail(CoreError::kUnknown, "Stored-Token based authentication disabled");
    return (this->*verb.run)(request);
  }
  return fail(CoreError::kInvalidRequestPath,
              "Unhandled request '" + std::string(name) + "' at this path");
}

std::expected<void, Error> AdminApi::check_secret(const json::object& request) const {
  const std::string_view shown = get_string(request, "admin_secret").value_or("");
  if (!secret_.empty() && equals_in_constant_time(shown, secret_)) return {};
  return fail(CoreError::kUnauthorized, "Unauthorized request (wrong or missing secret/token)");
}

AdminApi::Result AdminApi::list_tokens(const json::object&) {
  ArrayText tokens;
  for (const auto& [token, rights] : tokens_.stored())
    tokens.add(ObjectText{{"token", token}, {"allowed_plugins", plugins_of(rights)}});
  return ObjectText{{"data", ObjectText{{"tokens", std::move(tokens).json()}}.json()}};
}

// Without a list of plugins, or with an empty one, the token opens all. Those of the list that
// there are not are passed over.
AdminApi::Result AdminApi::add_token(const json::object& request) {
  if (const auto checked = check_core_fields(request, kTokenFields); !checked)
    return std::unexpected(checked.error());
  const std::string_view token = *get_string(request, "token");
  if (token.empty() || token.size() > kTokenBytesMax) {
    return fail(CoreError::kInvalidElement, "Invalid element (token should have 1 to " +
                                                std::to_string(kTokenBytesMax) + " bytes)");
  }
  const bool is_new = tokens_.find(token) == nullptr;
  if (!tokens_.add(token)) return fail(CoreError::kUnknown, "Error adding token");
  AccessTokens::Rights& rights = *tokens_.find(token);
  const json::array* plugins = get_array(request, "plugins");
  const bool is_for_all = plugins == nullptr || plugins->empty();
  const bool is_wanted = is_for_all || std::ranges::any_of(*plugins, is_videoroom);
  rights.has_videoroom = is_wanted || (!is_new && rights.has_videoroom);
  return with_plugins(rights);
}

AdminApi::Result AdminApi::allow_token(const json::object& request) {
  return set_rights(request, true);
}

AdminApi::Result AdminApi::disallow_token(const json::object& request) {
  return set_rights(request, false);
}

AdminApi::Result AdminApi::set_rights(const json::object& request, bool are_given) {
  if (const auto checked = check_core_fields(request, kTokenFields); !checked)
    return std::unexpected(checked.error());
  const json::array* plugins = get_array(request, "plugins");
  if (plugins == nullptr || plugins->empty()) {
    return fail(CoreError::kInvalidElement,
                "Invalid element type (plugins should be a non-empty array)");
  }
  const std::string_view token = *get_string(request, "token");
  AccessTokens::Rights* rights = tokens_.find(token);
  if (rights == nullptr)
    return fail(CoreError::kTokenNotFound, "Token " + std::string(token) + " not found");
  if (!std::ranges::all_of(*plugins, is_videoroom)) {
    return fail(CoreError::kInvalidElement,
                "Invalid element type (some of the provided plugins are invalid)");
  }
  rights->has_videoroom = are_given;
  return with_plugins(*rights);
}

AdminApi::Result AdminApi::remove_token(const json::object& request) {
  if (const auto checked = check_core_fields(request, kTokenFields); !checked)
    return std::unexpected(checked.error());
  if (!tokens_.remove(*get_string(request, "token")))
    return fail(CoreError::kUnknown, "Error removing token");
  return ObjectText{};
}

}  // namespace penstock::janus
