#include "controlplane/server/open_files.h"

#include <sys/resource.h>

#include <algorithm>

namespace penstock {

std::size_t allow_open_files(std::size_t wanted) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
  if (limit.rlim_cur >= wanted) return limit.rlim_cur;
  const rlimit asked{.rlim_cur = std::min<rlim_t>(wanted, limit.rlim_max),
                     .rlim_max = limit.rlim_max};
  return ::setrlimit(RLIMIT_NOFILE, &asked) == 0 ? asked.rlim_cur : limit.rlim_cur;
}

}  // namespace penstock
