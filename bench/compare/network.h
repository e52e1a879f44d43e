// The network of one comparison run: two namespaces of their own, the server's and the load's, with
// two veth pairs between them. Media has one pair for itself: with AF_XDP the kernel sees nothing
// of what comes in there. Signalling has the other. Needs root. Functions throw std::runtime_error.
#pragma once

#include <filesystem>
#include <string>

namespace penstock::compare {

inline constexpr const char* kMediaDevice = "data0";  // the server's end
inline constexpr const char* kMediaAddress = "198.18.0.2";
inline constexpr const char* kSignallingAddress = "198.18.1.2";
// The load's addresses are these hosts of 198.18.0.0/24: servers limit what one address may do.
inline constexpr int kLoadHostFirst = 10;
inline constexpr int kLoadHostLast = 41;
std::string load_address(int host);

class Network {
 public:
  // `kernel_has_media`: the server's kernel has the media address, otherwise nobody has and the
  // server answers for it.
  explicit Network(bool kernel_has_media);
  // Back to where this thread was; the namespaces go with their last process.
  ~Network();
  Network(const Network&) = delete;
  Network& operator=(const Network&) = delete;

  // This thread, and the processes that it starts from now on.
  void enter_server() { enter(server_); }
  void enter_load() { enter(load_); }

 private:
  static void enter(int space);
  void make_links(bool kernel_has_media, const std::filesystem::path& folder);

  int home_ = -1;
  int server_ = -1;
  int load_ = -1;
};

}  // namespace penstock::compare
