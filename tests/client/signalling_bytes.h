// The bytes that a client of the signalling listeners sends, for tests that write to sockets
// themselves: HTTP requests (RFC 9112) and masked frames (RFC 6455 section 5). Pure functions.
#pragma once

#include <string>
#include <string_view>

namespace penstock::test {

// The request that opens a WebSocket.
std::string upgrade_request();
// A POST and a GET of the Janus API.
std::string post_request(std::string_view target, std::string_view body);
std::string get_request(std::string_view target);

// Frames of less than 64 KiB.
std::string text_frame(std::string_view text);
std::string close_frame();

}  // namespace penstock::test
