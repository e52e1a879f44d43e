// How the coroutines of the listeners wait: an operation's error is a value of its result, so that
// nothing throws.
//
// g++ 12 miscompiles co_await within && and in some conditions: each one is a statement of its own.
#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace penstock {

inline constexpr auto kAwait = boost::asio::as_tuple(boost::asio::use_awaitable);

}  // namespace penstock
