// One request to the HTTP listener on a connection of its own, with header fields, and the whole
// response: for WHIP and WHEP.
#pragma once

#include <boost/beast/http.hpp>
#include <initializer_list>
#include <string>
#include <utility>

namespace penstock::integration {

namespace http = boost::beast::http;

using HttpExchange = http::response<http::string_body>;

HttpExchange exchange_http(http::verb method, const std::string& target, const std::string& body,
                           std::initializer_list<std::pair<http::field, std::string>> fields = {});

}  // namespace penstock::integration
