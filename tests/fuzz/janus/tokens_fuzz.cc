// Goal: whatever is sent to the Admin API is answered once, with JSON, and whatever is shown as a
// token opens nothing if nobody has signed it. Method: the input as a request, with the secret and
// without, and as a token.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "controlplane/janus/admin_api.h"
#include "controlplane/janus/signed_token.h"
#include "dataplane/base/check.h"

namespace {

using namespace penstock;

class OneAnswer final : public SignallingSender {
 public:
  void send(ChannelId, std::string) override {}
  void close(ChannelId, ChannelCloseReason) override {}
  void reply(ExchangeId, HttpApiResponse response) override {
    ++count;
    PENSTOCK_CHECK(response.status == 200);
    PENSTOCK_CHECK(janus::json::parse(response.body).is_object());
  }

  int count = 0;
};

void ask(std::string_view body, std::string secret) {
  OneAnswer sender;
  janus::AccessTokens tokens{{.are_needed = true, .signing_secret = {}, .unix_time_s = {}}};
  janus::AdminApi api{tokens, std::move(secret), sender};
  HttpApiRequest request;
  request.method = HttpApiRequest::Method::kPost;
  request.body = body;
  api.on_http_request(ExchangeId{1}, request, 0);
  api.on_http_request(ExchangeId{2}, request, 0);
  PENSTOCK_CHECK(sender.count == 2);
  PENSTOCK_CHECK(tokens.stored().size() <= 1);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  ask(text, "sesame");
  ask(text, "another");
  PENSTOCK_CHECK(!janus::is_signed_token(text, {.realm = "janus"}, "that nobody has", 0));
  const std::string own = janus::sign_token(text, "ours");
  if (text.find(':') == std::string_view::npos && text.starts_with("9,janus,"))
    PENSTOCK_CHECK(janus::is_signed_token(own, {.realm = "janus"}, "ours", 0));
  return 0;
}
