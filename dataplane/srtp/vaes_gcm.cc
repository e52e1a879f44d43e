// A packet is cut into groups of eight blocks, in order: the block that hides the tag (counter 1)
// first, then the text. Its place in GHASH, which has no use for it, is taken by the last block of
// the AAD; so the first group is as full as every other. A group is encrypted while the group
// before it is hashed, with one reduction for eight blocks; the length block and the rest of the
// AAD join the sums of the last and first group. Compiled for AVX2, VAES and VPCLMULQDQ.
#include "dataplane/srtp/vaes_gcm.h"

#include <cstring>

#include "dataplane/srtp/vaes_ghash.inl.h"

namespace penstock {
namespace vaes {
namespace {

constexpr std::size_t kGroupBlocks = 8;
constexpr std::size_t kGroupPairs = kGroupBlocks / 2;
constexpr std::size_t kGroupBytes = kGroupBlocks * 16;

PENSTOCK_VAES_INLINE Pair round_key(const VaesGcmKeys& keys, int round) {
  return both(load_block(keys.round_keys + round * 16));
}

struct Group {
  Pair pairs[kGroupPairs];

  PENSTOCK_VAES_INLINE void round(Pair key) {
    for (Pair& pair : pairs) pair = _mm256_aesenc_epi128(pair, key);
  }
};

class Counter {
 public:
  PENSTOCK_VAES_INLINE explicit Counter(const std::uint8_t* iv) {
    value_ = _mm256_add_epi32(both(first_counter(iv)),
                              _mm256_set_epi32(0x0100'0000, 0, 0, 0, 0, 0, 0, 0));
  }

  // The next eight blocks, before the first round.
  PENSTOCK_VAES_INLINE Group next_group(const VaesGcmKeys& keys) {
    const Pair two = both(_mm_set_epi32(0x0200'0000, 0, 0, 0));
    const Pair key = round_key(keys, 0);
    Group group;
    for (Pair& pair : group.pairs) {
      pair = _mm256_xor_si256(value_, key);
      value_ = _mm256_add_epi32(value_, two);
    }
    return group;
  }

 private:
  Pair value_;
};

// Rounds `from` to the last.
template <int kRounds>
PENSTOCK_VAES_INLINE void finish(Group& group, const VaesGcmKeys& keys, int from) {
  for (int i = from; i < kRounds; ++i) group.round(round_key(keys, i));
  const Pair key = round_key(keys, kRounds);
  for (Pair& pair : group.pairs) pair = _mm256_aesenclast_epi128(pair, key);
}

// The last 1 to 16 bytes of the text; what stands above them means nothing.
PENSTOCK_VAES_INLINE Block load_end(const VaesGcmOperation& operation, std::size_t bytes) {
  if (operation.bytes >= 16) {
    const Block up = _mm_set_epi8(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
    const Block order = _mm_add_epi8(up, _mm_set1_epi8(static_cast<char>(16 - bytes)));
    return _mm_shuffle_epi8(load_block(operation.from + operation.bytes - 16), order);
  }
  alignas(16) std::uint8_t text[16] = {};
  std::memcpy(text, operation.from, operation.bytes);
  return load_block(text);
}

// The pair at `from`, of whose bytes `bytes` are text.
PENSTOCK_VAES_INLINE Pair load_text(const VaesGcmOperation& operation, const std::uint8_t* from,
                                    std::size_t bytes) {
  if (bytes >= 32) return load_pair(from);
  if (bytes > 16) return join(load_block(from), load_end(operation, bytes - 16));
  return lower(load_end(operation, bytes));
}

// Stores the pair at `to`, of whose bytes `bytes` are text.
template <bool kMayOverrun>
PENSTOCK_VAES_INLINE void store_text(std::uint8_t* to, Pair pair, std::size_t bytes) {
  if (kMayOverrun || bytes >= 32) return store_pair(to, pair);
  alignas(32) std::uint8_t text[32];
  store_pair(text, pair);
  std::memcpy(to, text, bytes);
}

// The same of a block: never more than 16 bytes, because text may follow that is not read yet.
template <bool kMayOverrun>
PENSTOCK_VAES_INLINE void store_first(std::uint8_t* to, Block block, std::size_t bytes) {
  if (kMayOverrun || bytes == 16) return store_block(to, block);
  alignas(16) std::uint8_t text[16];
  store_block(text, block);
  std::memcpy(to, text, bytes);
}

// One packet. kSeals: the text becomes ciphertext, otherwise it is ciphertext; GHASH is of that.
template <int kRounds, bool kSeals>
class Packet {
 public:
  PENSTOCK_VAES_INLINE explicit Packet(const VaesGcmOperation& operation)
      : operation_(operation),
        keys_(*operation.keys),
        counter_(operation.iv),
        from_(operation.from),
        to_(operation.to) {}

  PENSTOCK_VAES_INLINE void run() {
    const std::size_t slots = (operation_.bytes + 15) / 16 + 1;
    const std::size_t groups = (slots + kGroupBlocks - 1) / kGroupBlocks;
    const std::size_t last_slots = slots - (groups - 1) * kGroupBlocks;
    if (groups == 1) {
      head_ = take_aad<kGroupBlocks>(operation_, last_slots + 1, sum_);
      only_group(last_slots);
    } else {
      head_ = take_aad<kGroupBlocks>(operation_, kGroupBlocks, sum_);
      first_group();
      for (std::size_t i = groups - 2; i > 0; --i) middle_group();
      last_group(last_slots);
    }
    const Block tag = _mm_xor_si128(reverse(sum_.reduce()), tag_mask_);
    store_block(operation_.tag, tag);
  }

 private:
  PENSTOCK_VAES_INLINE void first_group() {
    Group stream = counter_.next_group(keys_);
    finish<kRounds>(stream, keys_, 1);
    tag_mask_ = lower_of(stream.pairs[0]);
    const Block in = load_block(from_);
    const Block out = _mm_xor_si128(in, upper_of(stream.pairs[0]));
    store_block(to_, out);
    text_.pairs[0] = join(head_, reverse(kSeals ? out : in));
    for (std::size_t i = 1; i < kGroupPairs; ++i) {
      take_pair(i, 32 * i - 16, stream.pairs[i]);
    }
    from_ += kGroupBytes - 16;
    to_ += kGroupBytes - 16;
  }

  PENSTOCK_VAES_INLINE void take_pair(std::size_t i, std::size_t at, Pair stream) {
    const Pair in = load_pair(from_ + at);
    const Pair out = _mm256_xor_si256(in, stream);
    store_pair(to_ + at, out);
    text_.pairs[i] = reverse(kSeals ? out : in);
  }

  // Encrypts a group and hashes the one before it, step by step so that both flow.
  PENSTOCK_VAES_INLINE void middle_group() {
    Group stream = counter_.next_group(keys_);
    stream.round(round_key(keys_, 1));
    sum_.template add<0>(text_.pairs[0], power_pair(keys_, 8), load_pair(keys_.folded));
    stream.round(round_key(keys_, 2));
    stream.round(round_key(keys_, 3));
    sum_.template add<1>(text_.pairs[1], power_pair(keys_, 6), load_pair(keys_.folded));
    stream.round(round_key(keys_, 4));
    stream.round(round_key(keys_, 5));
    sum_.template add<0>(text_.pairs[2], power_pair(keys_, 4), load_pair(keys_.folded + 32));
    stream.round(round_key(keys_, 6));
    stream.round(round_key(keys_, 7));
    sum_.template add<1>(text_.pairs[3], power_pair(keys_, 2), load_pair(keys_.folded + 32));
    stream.round(round_key(keys_, 8));
    const Block hash = sum_.reduce();
    finish<kRounds>(stream, keys_, 9);
    sum_ = Sum();
    for (std::size_t i = 0; i < kGroupPairs; ++i) {
      take_pair(i, 32 * i, stream.pairs[i]);
    }
    text_.pairs[0] = _mm256_xor_si256(text_.pairs[0], lower(hash));
    from_ += kGroupBytes;
    to_ += kGroupBytes;
  }

  PENSTOCK_VAES_INLINE void last_group(std::size_t slots) {
    Group stream = counter_.next_group(keys_);
    stream.round(round_key(keys_, 1));
    for (std::size_t i = 0; i < kGroupPairs; ++i) {
      sum_.add(text_.pairs[i], power_pair(keys_, kGroupBlocks - 2 * i));
    }
    finish<kRounds>(stream, keys_, 2);
    const Pair hash = lower(sum_.reduce());
    sum_ = Sum();
    add_lengths(operation_, sum_);
    const auto bytes = static_cast<std::size_t>(operation_.from + operation_.bytes - from_);
    for (std::size_t i = 0; i < kGroupPairs && 2 * i < slots; ++i) {
      const Pair in = load_text(operation_, from_ + 32 * i, bytes - 32 * i);
      const Pair out = _mm256_xor_si256(in, stream.pairs[i]);
      store_text<kSeals>(to_ + 32 * i, out, bytes - 32 * i);
      const Pair text = reverse(cut(kSeals ? out : in, bytes, 32 * i));
      sum_.add(i == 0 ? _mm256_xor_si256(text, hash) : text, power_pair(keys_, slots + 1 - 2 * i));
    }
  }

  // A packet of at most seven blocks: audio.
  PENSTOCK_VAES_INLINE void only_group(std::size_t slots) {
    Group stream = counter_.next_group(keys_);
    finish<kRounds>(stream, keys_, 1);
    tag_mask_ = lower_of(stream.pairs[0]);
    add_lengths(operation_, sum_);
    if (operation_.bytes == 0) return sum_.add(head_, power(keys_, slots + 1));
    const std::size_t bytes = operation_.bytes;
    const std::size_t first_bytes = bytes < 16 ? bytes : 16;
    const Block in = bytes < 16 ? load_end(operation_, bytes) : load_block(from_);
    const Block out = _mm_xor_si128(in, upper_of(stream.pairs[0]));
    store_first<kSeals>(to_, out, first_bytes);
    sum_.add(join(head_, reverse(cut(kSeals ? out : in, first_bytes))),
             power_pair(keys_, slots + 1));
    for (std::size_t i = 1; i < kGroupPairs && 2 * i < slots; ++i) {
      const std::size_t at = 32 * i - 16;
      const Pair pair_in = load_text(operation_, from_ + at, bytes - at);
      const Pair pair_out = _mm256_xor_si256(pair_in, stream.pairs[i]);
      store_text<kSeals>(to_ + at, pair_out, bytes - at);
      sum_.add(reverse(cut(kSeals ? pair_out : pair_in, bytes, at)),
               power_pair(keys_, slots + 1 - 2 * i));
    }
  }

  const VaesGcmOperation& operation_;
  const VaesGcmKeys& keys_;
  Counter counter_;
  const std::uint8_t* from_;
  std::uint8_t* to_;
  Sum sum_;
  Block head_;      // the last block of the AAD
  Block tag_mask_;  // what hides the tag
  Group text_;      // the group before, as GHASH reads it
};

template <int kRounds>
PENSTOCK_VAES_INLINE Block encrypt_block(const VaesGcmKeys& keys, Block block) {
  block = _mm_xor_si128(block, load_block(keys.round_keys));
  for (int i = 1; i < kRounds; ++i) {
    block = _mm_aesenc_si128(block, load_block(keys.round_keys + i * 16));
  }
  return _mm_aesenclast_si128(block, load_block(keys.round_keys + kRounds * 16));
}

// FIPS 197 section 5.2: each word is the sum of the words before it.
PENSTOCK_VAES_INLINE Block sum_words(Block key) {
  key = _mm_xor_si128(key, _mm_slli_si128(key, 4));
  key = _mm_xor_si128(key, _mm_slli_si128(key, 4));
  return _mm_xor_si128(key, _mm_slli_si128(key, 4));
}

template <int kConstant>
PENSTOCK_VAES_INLINE Block next_key(Block older, Block newer) {
  const Block word = _mm_shuffle_epi32(_mm_aeskeygenassist_si128(newer, kConstant), 0xFF);
  return _mm_xor_si128(sum_words(older), word);
}

// The odd keys of AES-256: no rotation, no constant.
PENSTOCK_VAES_INLINE Block next_odd_key(Block older, Block newer) {
  const Block word = _mm_shuffle_epi32(_mm_aeskeygenassist_si128(newer, 0), 0xAA);
  return _mm_xor_si128(sum_words(older), word);
}

// Writes round key kIndex and all that follow: the constants must be known to the compiler.
template <int kIndex, int kConstant>
PENSTOCK_VAES_INLINE void expand_128(VaesGcmKeys& keys, Block key) {
  store_block(keys.round_keys + kIndex * 16, key);
  if constexpr (kIndex < kRounds128) {
    constexpr int kNext = kConstant == 0x80 ? 0x1B : kConstant * 2;
    expand_128<kIndex + 1, kNext>(keys, next_key<kConstant>(key, key));
  }
}

template <int kIndex, int kConstant>
PENSTOCK_VAES_INLINE void expand_256(VaesGcmKeys& keys, Block even, Block odd) {
  store_block(keys.round_keys + kIndex * 16, even);
  if constexpr (kIndex < kRounds256) {
    store_block(keys.round_keys + (kIndex + 1) * 16, odd);
    const Block next = next_key<kConstant>(even, odd);
    expand_256<kIndex + 2, kConstant * 2>(keys, next, next_odd_key(odd, next));
  }
}

// The hash key times x, modulo the polynomial; the carry is never branched on.
PENSTOCK_VAES_INLINE Block times_x(Block hash_key) {
  const Block carry = _mm_srai_epi32(_mm_shuffle_epi32(hash_key, 0xFF), 31);
  const Block poly = _mm_set_epi64x(static_cast<long long>(0xC200'0000'0000'0000ULL), 1);
  const Block shifted =
      _mm_or_si128(_mm_slli_epi64(hash_key, 1), _mm_slli_si128(_mm_srli_epi64(hash_key, 63), 8));
  return _mm_xor_si128(shifted, _mm_and_si128(carry, poly));
}

PENSTOCK_VAES_INLINE void write_powers(VaesGcmKeys& keys, Block hash_key) {
  const Block first = times_x(reverse(hash_key));
  Block next = first;
  for (std::size_t i = VaesGcmKeys::kPowers; i > 0; --i) {
    store_block(keys.powers + (i - 1) * 16, next);
    next = multiply(next, first);
  }
  for (std::size_t half = 0; half < 2; ++half) {
    const Pair one = fold(power_pair(keys, 8 - 4 * half));
    const Pair other = fold(power_pair(keys, 6 - 4 * half));
    store_pair(keys.folded + 32 * half, _mm256_unpacklo_epi64(one, other));
  }
}

}  // namespace
}  // namespace vaes

bool vaes_gcm_is_supported() {
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("aes") &&
         __builtin_cpu_supports("pclmul") && __builtin_cpu_supports("vaes") &&
         __builtin_cpu_supports("vpclmulqdq");
}

void vaes_gcm_expand_key(const std::uint8_t* key, bool is_aes256, VaesGcmKeys& keys) {
  using namespace vaes;
  if (is_aes256) {
    expand_256<0, 1>(keys, load_block(key), load_block(key + 16));
    write_powers(keys, encrypt_block<kRounds256>(keys, _mm_setzero_si128()));
  } else {
    expand_128<0, 1>(keys, load_block(key));
    write_powers(keys, encrypt_block<kRounds128>(keys, _mm_setzero_si128()));
  }
}

void vaes_gcm_seal(const VaesGcmOperation& operation) { vaes::run<vaes::Packet, true>(operation); }

void vaes_gcm_open(const VaesGcmOperation& operation) { vaes::run<vaes::Packet, false>(operation); }

}  // namespace penstock
