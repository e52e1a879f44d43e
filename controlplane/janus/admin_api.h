// What of the Admin API of Janus there is: the requests about stored tokens (access_tokens.h), and
// `ping`, over HTTP, POST /admin of the admin listener. Each but `ping` has to show the secret of
// the Admin API. Owned by the server, as are the tokens and the sender, which outlive it; control
// thread.
#pragma once

#include <expected>
#include <string>

#include "controlplane/janus/access_tokens.h"
#include "controlplane/janus/errors.h"
#include "controlplane/janus/json.h"
#include "controlplane/janus/json_text.h"
#include "controlplane/signalling/message_channel.h"

namespace penstock::janus {

class AdminApi final : public SignallingHandler {
 public:
  // `secret` is not empty.
  AdminApi(AccessTokens& tokens, std::string secret, SignallingSender& sender)
      : tokens_(tokens), secret_(std::move(secret)), sender_(sender) {}

  void on_http_request(ExchangeId exchange, const HttpApiRequest& request, Timestamp now) override;
  void on_http_cancelled(ExchangeId, Timestamp) override {}
  // The listener has no WebSocket.
  void on_open(ChannelId, const ClientInfo&, Timestamp) override {}
  void on_message(ChannelId, std::string_view, Timestamp) override {}
  void on_close(ChannelId, Timestamp) override {}

 private:
  // What an answer says behind `janus` and `transaction`.
  using Result = std::expected<ObjectText, Error>;
  struct Verb {
    std::string_view name;
    Result (AdminApi::*run)(const json::object& request);
  };
  static const Verb kVerbs[];

  std::string answer(std::string_view body);
  Result run(const json::object& request);
  std::expected<void, Error> check_secret(const json::object& request) const;
  Result list_tokens(const json::object& request);
  Result add_token(const json::object& request);
  Result allow_token(const json::object& request);
  Result disallow_token(const json::object& request);
  Result set_rights(const json::object& request, bool are_given);
  Result remove_token(const json::object& request);

  AccessTokens& tokens_;
  const std::string secret_;
  SignallingSender& sender_;
};

}  // namespace penstock::janus
