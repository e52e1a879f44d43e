// As vaes_gcm.cc, with 512-bit vectors: groups of sixteen blocks in four of them, masks for the end
// of the text, and three-way XOR. Compiled for AVX-512 (F, BW, DQ, VL), VAES and VPCLMULQDQ.
#include "dataplane/srtp/vaes512_gcm.h"

#include <immintrin.h>

#include "dataplane/srtp/vaes_ghash.inl.h"

namespace penstock {
namespace vaes {
namespace {

using Quad = __m512i;  // four blocks, the first one lowest

constexpr std::size_t kQuadBytes = 64;
constexpr std::size_t kGroupQuads = 4;
constexpr std::size_t kGroupBlocks = 4 * kGroupQuads;
constexpr std::size_t kGroupBytes = kGroupQuads * kQuadBytes;
// Of the first quad of a packet: the lowest block is no text.
constexpr __mmask64 kFirstText = ~__mmask64{0xFFFF};

PENSTOCK_VAES_INLINE Quad four(Block block) { return _mm512_broadcast_i32x4(block); }
PENSTOCK_VAES_INLINE Quad lowest(Block block) { return _mm512_zextsi128_si512(block); }
PENSTOCK_VAES_INLINE Block lowest_of(Quad quad) { return _mm512_castsi512_si128(quad); }
PENSTOCK_VAES_INLINE Quad load_quad(const std::uint8_t* from) { return _mm512_loadu_si512(from); }
PENSTOCK_VAES_INLINE void store_quad(std::uint8_t* to, Quad quad) { _mm512_storeu_si512(to, quad); }
PENSTOCK_VAES_INLINE Quad reverse(Quad quad) {
  return _mm512_shuffle_epi8(quad, four(reverse_order()));
}
PENSTOCK_VAES_INLINE Quad swap_halves(Quad quad) {
  return _mm512_shuffle_epi32(quad, static_cast<_MM_PERM_ENUM>(0x4E));
}
PENSTOCK_VAES_INLINE Quad xor3(Quad a, Quad b, Quad c) {
  return _mm512_ternarylogic_epi64(a, b, c, 0x96);
}
// The first `bytes` of a quad.
PENSTOCK_VAES_INLINE __mmask64 first_bytes(std::size_t bytes) {
  return bytes >= kQuadBytes ? ~__mmask64{0} : (__mmask64{1} << bytes) - 1;
}
// {H^exponent, ... H^(exponent - 3)}. Below H it reads what follows in the struct: for blocks of
// zeros.
PENSTOCK_VAES_INLINE Quad power_quad(const VaesGcmKeys& keys, std::size_t exponent) {
  return load_quad(keys.powers + (VaesGcmKeys::kPowers - exponent) * 16);
}
PENSTOCK_VAES_INLINE Quad round_quad(const VaesGcmKeys& keys, int round) {
  return four(load_block(keys.round_keys + round * 16));
}

// A sum of products of 128-bit polynomials, not reduced yet.
struct QuadSum {
  Quad low = _mm512_setzero_si512();
  Quad middle = _mm512_setzero_si512();
  Quad high = _mm512_setzero_si512();

  PENSTOCK_VAES_INLINE void add(Quad blocks, Quad powers) {
    low = _mm512_xor_si512(low, _mm512_clmulepi64_epi128(blocks, powers, 0x00));
    high = _mm512_xor_si512(high, _mm512_clmulepi64_epi128(blocks, powers, 0x11));
    middle = xor3(middle, _mm512_clmulepi64_epi128(blocks, powers, 0x01),
                  _mm512_clmulepi64_epi128(blocks, powers, 0x10));
  }
  PENSTOCK_VAES_INLINE void add(Block block, Block its_power) {
    add(lowest(block), lowest(its_power));
  }

  // The sum modulo x^128 + x^7 + x^2 + x + 1, of all blocks.
  PENSTOCK_VAES_INLINE Block reduce() const {
    const Quad poly = four(_mm_set_epi64x(0, static_cast<long long>(0xC200'0000'0000'0000ULL)));
    const Quad once = xor3(middle, swap_halves(low), _mm512_clmulepi64_epi128(low, poly, 0x00));
    const Quad twice = xor3(high, swap_halves(once), _mm512_clmulepi64_epi128(once, poly, 0x00));
    const Pair pair =
        _mm256_xor_si256(_mm512_castsi512_si256(twice), _mm512_extracti64x4_epi64(twice, 1));
    return _mm_xor_si128(lower_of(pair), upper_of(pair));
  }
};

// Blocks of key stream: kQuads quads.
template <std::size_t kQuads>
struct QuadGroup {
  Quad quads[kQuads];

  PENSTOCK_VAES_INLINE void round(Quad key) {
    for (Quad& quad : quads) quad = _mm512_aesenc_epi128(quad, key);
  }
  template <int kRounds>
  PENSTOCK_VAES_INLINE void finish(const VaesGcmKeys& keys, int from) {
    for (int i = from; i < kRounds; ++i) round(round_quad(keys, i));
    const Quad key = round_quad(keys, kRounds);
    for (Quad& quad : quads) quad = _mm512_aesenclast_epi128(quad, key);
  }
};

class QuadCounter {
 public:
  PENSTOCK_VAES_INLINE explicit QuadCounter(const std::uint8_t* iv) {
    value_ = _mm512_add_epi32(four(first_counter(iv)),
                              _mm512_set_epi32(0x0300'0000, 0, 0, 0, 0x0200'0000, 0, 0, 0,
                                               0x0100'0000, 0, 0, 0, 0, 0, 0, 0));
  }

  // The next blocks, before the first round.
  template <std::size_t kQuads>
  PENSTOCK_VAES_INLINE QuadGroup<kQuads> next_group(const VaesGcmKeys& keys) {
    const Quad step = four(_mm_set_epi32(0x0400'0000, 0, 0, 0));
    const Quad key = round_quad(keys, 0);
    QuadGroup<kQuads> group;
    for (Quad& quad : group.quads) {
      quad = _mm512_xor_si512(value_, key);
      value_ = _mm512_add_epi32(value_, step);
    }
    return group;
  }

 private:
  Quad value_;
};

// One packet. kSeals: the text becomes ciphertext, otherwise it is ciphertext; GHASH is of that.
template <int kRounds, bool kSeals>
class QuadPacket {
 public:
  PENSTOCK_VAES_INLINE explicit QuadPacket(const VaesGcmOperation& operation)
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
      if (last_slots > 12) {
        only_group<4>(last_slots);
      } else if (last_slots > 8) {
        only_group<3>(last_slots);
      } else if (last_slots > 4) {
        only_group<2>(last_slots);
      } else {
        only_group<1>(last_slots);
      }
    } else {
      head_ = take_aad<kGroupBlocks>(operation_, kGroupBlocks, sum_);
      first_group();
      for (std::size_t i = groups - 2; i > 0; --i) middle_group();
      if (last_slots > 12) {
        last_group<4>(last_slots);
      } else if (last_slots > 8) {
        last_group<3>(last_slots);
      } else if (last_slots > 4) {
        last_group<2>(last_slots);
      } else {
        last_group<1>(last_slots);
      }
    }
    store_block(operation_.tag, _mm_xor_si128(reverse(sum_.reduce()), tag_mask_));
  }

 private:
  // The first quad, of whose bytes `text` are text: not the first 16, whose key stream hides the
  // tag. Returns what GHASH reads.
  PENSTOCK_VAES_INLINE Quad take_first(Quad stream, __mmask64 text) {
    tag_mask_ = lowest_of(stream);
    const Quad zero = _mm512_setzero_si512();
    const Quad in = _mm512_alignr_epi64(_mm512_maskz_loadu_epi8(text >> 16, from_), zero, 6);
    const Quad out = _mm512_xor_si512(in, stream);
    if constexpr (kSeals) {
      store_block(to_, _mm512_extracti32x4_epi32(out, 1));
      store_pair(to_ + 16, _mm512_extracti64x4_epi64(out, 1));
    } else {
      _mm512_mask_storeu_epi8(to_, text >> 16, _mm512_alignr_epi64(zero, out, 2));
    }
    const Quad hashed = reverse(_mm512_maskz_mov_epi8(text, kSeals ? out : in));
    return _mm512_inserti32x4(hashed, head_, 0);
  }

  PENSTOCK_VAES_INLINE Quad take_quad(std::size_t at, Quad stream) {
    const Quad in = load_quad(from_ + at);
    const Quad out = _mm512_xor_si512(in, stream);
    store_quad(to_ + at, out);
    return reverse(kSeals ? out : in);
  }

  // The last quad, of which `bytes` are text.
  PENSTOCK_VAES_INLINE Quad take_last(std::size_t at, Quad stream, std::size_t bytes) {
    const __mmask64 text = first_bytes(bytes);
    const Quad in = _mm512_maskz_loadu_epi8(text, from_ + at);
    const Quad out = _mm512_xor_si512(in, stream);
    if constexpr (kSeals) {
      store_quad(to_ + at, out);
    } else {
      _mm512_mask_storeu_epi8(to_ + at, text, out);
    }
    return reverse(_mm512_maskz_mov_epi8(text, kSeals ? out : in));
  }

  PENSTOCK_VAES_INLINE void first_group() {
    auto stream = counter_.next_group<kGroupQuads>(keys_);
    stream.template finish<kRounds>(keys_, 1);
    text_.quads[0] = take_first(stream.quads[0], kFirstText);
    for (std::size_t i = 1; i < kGroupQuads; ++i) {
      text_.quads[i] = take_quad(kQuadBytes * i - 16, stream.quads[i]);
    }
    from_ += kGroupBytes - 16;
    to_ += kGroupBytes - 16;
  }

  // Encrypts a group and hashes the one before it, step by step so that both flow.
  PENSTOCK_VAES_INLINE void middle_group() {
    auto stream = counter_.next_group<kGroupQuads>(keys_);
    for (int i = 0; i < static_cast<int>(kGroupQuads); ++i) {
      stream.round(round_quad(keys_, 2 * i + 1));
      sum_.add(text_.quads[i], power_quad(keys_, kGroupBlocks - 4 * static_cast<std::size_t>(i)));
      stream.round(round_quad(keys_, 2 * i + 2));
    }
    const Block hash = sum_.reduce();
    stream.template finish<kRounds>(keys_, 9);
    sum_ = QuadSum();
    for (std::size_t i = 0; i < kGroupQuads; ++i) {
      text_.quads[i] = take_quad(kQuadBytes * i, stream.quads[i]);
    }
    text_.quads[0] = _mm512_xor_si512(text_.quads[0], lowest(hash));
    from_ += kGroupBytes;
    to_ += kGroupBytes;
  }

  template <std::size_t kQuads>
  PENSTOCK_VAES_INLINE void last_group(std::size_t slots) {
    auto stream = counter_.next_group<kQuads>(keys_);
    stream.round(round_quad(keys_, 1));
    for (std::size_t i = 0; i < kGroupQuads; ++i) {
      sum_.add(text_.quads[i], power_quad(keys_, kGroupBlocks - 4 * i));
    }
    stream.template finish<kRounds>(keys_, 2);
    const Quad hash = lowest(sum_.reduce());
    sum_ = QuadSum();
    add_lengths(operation_, sum_);
    const auto bytes = static_cast<std::size_t>(operation_.from + operation_.bytes - from_);
    for (std::size_t i = 0; i < kQuads; ++i) {
      const std::size_t at = kQuadBytes * i;
      const Quad text = i + 1 < kQuads ? take_quad(at, stream.quads[i])
                                       : take_last(at, stream.quads[i], bytes - at);
      sum_.add(i == 0 ? _mm512_xor_si512(text, hash) : text, power_quad(keys_, slots + 1 - 4 * i));
    }
  }

  // A packet of at most fifteen blocks.
  template <std::size_t kQuads>
  PENSTOCK_VAES_INLINE void only_group(std::size_t slots) {
    auto stream = counter_.next_group<kQuads>(keys_);
    stream.template finish<kRounds>(keys_, 1);
    add_lengths(operation_, sum_);
    const std::size_t bytes = operation_.bytes;
    const __mmask64 first = kQuads > 1 ? kFirstText : first_bytes(bytes + 16) & kFirstText;
    sum_.add(take_first(stream.quads[0], first), power_quad(keys_, slots + 1));
    for (std::size_t i = 1; i < kQuads; ++i) {
      const std::size_t at = kQuadBytes * i - 16;
      const Quad text = i + 1 < kQuads ? take_quad(at, stream.quads[i])
                                       : take_last(at, stream.quads[i], bytes - at);
      sum_.add(text, power_quad(keys_, slots + 1 - 4 * i));
    }
  }

  const VaesGcmOperation& operation_;
  const VaesGcmKeys& keys_;
  QuadCounter counter_;
  const std::uint8_t* from_;
  std::uint8_t* to_;
  QuadSum sum_;
  Block head_;                   // the last block of the AAD
  Block tag_mask_;               // what hides the tag
  QuadGroup<kGroupQuads> text_;  // the group before, as GHASH reads it
};

}  // namespace
}  // namespace vaes

bool vaes512_gcm_is_supported() {
  return vaes_gcm_is_supported() && __builtin_cpu_supports("avx512f") &&
         __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
         __builtin_cpu_supports("avx512vl");
}

void vaes512_gcm_seal(const VaesGcmOperation& operation) {
  vaes::run<vaes::QuadPacket, true>(operation);
}

void vaes512_gcm_open(const VaesGcmOperation& operation) {
  vaes::run<vaes::QuadPacket, false>(operation);
}

}  // namespace penstock
