// An XDP program that loses one in twenty of the large packets that come to a device: video. For
// scenarios/lossy.mjs, which compiles and attaches it. In BPF only what is needed of its headers.
struct xdp_md {
  unsigned int data, data_end, data_meta, ingress_ifindex, rx_queue_index, egress_ifindex;
};
enum { kXdpDrop = 1, kXdpPass = 2 };
enum { kGetRandom = 7 };  // of the kernel's helpers

__attribute__((section("xdp"), used)) int lose_some(struct xdp_md* packet) {
  unsigned int (*get_random)(void) = (void*)kGetRandom;
  if (packet->data_end - packet->data > 500 && get_random() % 20 == 0) return kXdpDrop;
  return kXdpPass;
}

char lossy_license[] __attribute__((section("license"), used)) = "GPL";
