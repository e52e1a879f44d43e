// Payload descriptors of all codecs.
#include <gtest/gtest.h>

#include <vector>

#include "dataplane/rtp/payload/payload_info.h"
#include "dataplane/rtp/payload/picture_size.h"
#include "dataplane/rtp/payload/vp8.h"
#include "dataplane/rtp/payload/vp9.h"

namespace penstock {
namespace {

using Bytes = std::vector<std::uint8_t>;

PayloadInfo describe(Codec codec, const Bytes& payload, bool marker = false) {
  const auto info = describe_payload(codec, payload, marker);
  EXPECT_TRUE(info);
  return info.value_or(PayloadInfo{});
}

bool is_refused(Codec codec, const Bytes& payload) {
  return !describe_payload(codec, payload, false).has_value();
}

TEST(DescribePayload, EmptyPayloadIsUnknownForEveryCodec) {
  for (const Codec codec : {Codec::kOpus, Codec::kVp8, Codec::kVp9, Codec::kH264, Codec::kAv1}) {
    EXPECT_TRUE(is_refused(codec, {}));
  }
}

TEST(DescribePayload, OpusPacketIsAWholeFrame) {
  const PayloadInfo info = describe(Codec::kOpus, {0x78});
  EXPECT_TRUE(info.is_keyframe_start && info.is_frame_start && info.is_frame_end);
}

TEST(DescribePayload, MarkerEndsThePicture) {
  EXPECT_TRUE(describe(Codec::kVp8, {0x10, 0}, true).is_picture_end);
  EXPECT_FALSE(describe(Codec::kVp8, {0x10, 0}, false).is_picture_end);
  EXPECT_TRUE(describe(Codec::kVp8, {0x10, 0}, true).is_frame_end);
}

TEST(Vp8, MinimalDescriptor) {
  const PayloadInfo key = describe(Codec::kVp8, {0x10, 0x50});
  EXPECT_TRUE(key.is_keyframe_start);
  EXPECT_TRUE(key.is_frame_start);
  EXPECT_EQ(key.descriptor_bytes, 1);
  EXPECT_FALSE(key.has_picture_id || key.has_tl0_picture_index || key.has_key_index);
  EXPECT_FALSE(describe(Codec::kVp8, {0x10, 0x51}).is_keyframe_start);
}

Bytes bytes_of(const RewrittenDescriptor& made) {
  return {made.bytes.begin(), made.bytes.begin() + made.size};
}

TEST(Vp8, OtherNumbersAreWrittenInTheirPlaces) {
  const Bytes payload = {0x90, 0xF0, 0x92, 0x34, 0x56, 0xA9, 0x01};
  const auto made = rewrite_vp8_descriptor(
      payload, {.picture_id = 0x7ABC, .tl0_picture_index = 0x12, .key_index = 30});
  EXPECT_EQ(bytes_of(made), (Bytes{0x90, 0xF0, 0xFA, 0xBC, 0x12, 0xBE}));
  EXPECT_EQ(made.source_bytes, 6);
}

TEST(Vp8, APictureIdOf7BitsBecomesOneOf15) {
  const auto made = rewrite_vp8_descriptor(Bytes{0x90, 0x80, 0x34, 0x01}, {.picture_id = 0x34});
  EXPECT_EQ(bytes_of(made), (Bytes{0x90, 0x80, 0x80, 0x34}));
  EXPECT_EQ(made.source_bytes, 3);
}

TEST(Vp8, WithoutAPictureIdNothingIsRewritten) {
  EXPECT_EQ(rewrite_vp8_descriptor(Bytes{0x10, 0x01}, {}).size, 0);
  EXPECT_EQ(rewrite_vp8_descriptor(Bytes{0x90}, {}).size, 0);
  EXPECT_EQ(rewrite_vp8_descriptor(Bytes{}, {}).size, 0);
}

TEST(Vp9, OtherNumbersAreWrittenInTheirPlaces) {
  // I, L, F: picture id of 15 bits, layers.
  const auto flexible = rewrite_vp9_descriptor(Bytes{0xB8, 0x92, 0x34, 0x20, 0x01},
                                               {.picture_id = 0x7ABC, .tl0_picture_index = 9});
  EXPECT_EQ(bytes_of(flexible), (Bytes{0xB8, 0xFA, 0xBC}));
  EXPECT_EQ(flexible.source_bytes, 3);
  // I, L: of 7 bits, layers, TL0PICIDX.
  const auto fixed = rewrite_vp9_descriptor(Bytes{0xA8, 0x34, 0x20, 0x77, 0x01},
                                            {.picture_id = 0x35, .tl0_picture_index = 9});
  EXPECT_EQ(bytes_of(fixed), (Bytes{0xA8, 0x80, 0x35, 0x20, 0x09}));
  EXPECT_EQ(fixed.source_bytes, 4);
}

TEST(Vp8, WholeExtensionAsChromiumSendsIt) {
  // X, S; I L T K; picture id 0x1234 (15 bits), TL0PICIDX 0x56, TID 2 with Y, KEYIDX 9.
  const Bytes payload = {0x90, 0xF0, 0x92, 0x34, 0x56, 0xA9, 0x01};
  const PayloadInfo info = describe(Codec::kVp8, payload);
  EXPECT_TRUE(info.has_picture_id && info.is_picture_id_15_bit);
  EXPECT_EQ(info.picture_id, 0x1234);
  EXPECT_EQ(info.picture_id_offset, 2);
  EXPECT_EQ(info.tl0_picture_index, 0x56);
  EXPECT_EQ(info.tl0_picture_index_offset, 4);
  EXPECT_EQ(info.temporal_layer, 2);
  EXPECT_TRUE(info.is_layer_sync);
  EXPECT_TRUE(info.has_key_index);
  EXPECT_EQ(info.key_index, 9);
  EXPECT_EQ(info.key_index_offset, 5);
  EXPECT_EQ(info.descriptor_bytes, 6);
  EXPECT_TRUE(info.is_frame_start);
  EXPECT_FALSE(info.is_keyframe_start);
  EXPECT_FALSE(info.is_discardable);
}

TEST(Vp8, SevenBitPictureId) {
  const PayloadInfo info = describe(Codec::kVp8, {0xB0, 0x80, 0x7F, 0x01});
  EXPECT_EQ(info.picture_id, 127);
  EXPECT_FALSE(info.is_picture_id_15_bit);
  EXPECT_EQ(info.descriptor_bytes, 3);
  EXPECT_TRUE(info.is_discardable);
}

TEST(Vp8, EachCombinationOfFieldsHasItsSize) {
  for (unsigned present = 0; present < 16; ++present) {
    const bool shares_byte = (present & 0x3) != 0;  // T and K
    const std::size_t size = 2 + (present >> 3 & 1) + (present >> 2 & 1) + (shares_byte ? 1 : 0);
    Bytes payload(size + 1, 0x01);
    payload[0] = 0x90;
    payload[1] = static_cast<std::uint8_t>(present << 4);
    EXPECT_EQ(describe(Codec::kVp8, payload).descriptor_bytes, size) << present;
    payload.pop_back();
    EXPECT_TRUE(is_refused(Codec::kVp8, payload)) << present;
  }
}

TEST(Vp8, LaterPacketsAndPartitionsDoNotStartAFrame) {
  EXPECT_FALSE(describe(Codec::kVp8, {0x00, 0x00}).is_frame_start);
  EXPECT_FALSE(describe(Codec::kVp8, {0x00, 0x00}).is_keyframe_start);
  EXPECT_FALSE(describe(Codec::kVp8, {0x11, 0x00}).is_frame_start);
}

TEST(Vp9, KeyframeWithScalabilityStructureAsChromiumSendsIt) {
  // I L B E V without P; 15-bit id 1, TL0PICIDX 2; two spatial layers with sizes, a group of one.
  const Bytes payload = {0xAE, 0x80, 0x01, 0x00, 0x02,                    //
                         0x38, 1,    0x40, 0,    0xB4, 2, 0x80, 1, 0x68,  //
                         1,    0x04, 1,    0x82};
  const PayloadInfo info = describe(Codec::kVp9, payload);
  EXPECT_TRUE(info.is_keyframe_start && info.is_frame_start && info.is_frame_end);
  EXPECT_FALSE(info.is_picture_end);
  EXPECT_EQ(info.picture_id, 1);
  EXPECT_EQ(info.picture_id_offset, 1);
  EXPECT_EQ(info.tl0_picture_index, 2);
  EXPECT_EQ(info.tl0_picture_index_offset, 4);
  EXPECT_EQ(info.descriptor_bytes, 17);
}

TEST(Vp9, LayersOfAnUpperSpatialFrame) {
  // I L B: TID 2 with U, SID 1 with D.
  const PayloadInfo info = describe(Codec::kVp9, {0xA8, 0x81, 0x02, 0x53, 0x07, 0x55});
  EXPECT_EQ(info.temporal_layer, 2);
  EXPECT_EQ(info.spatial_layer, 1);
  EXPECT_TRUE(info.is_layer_sync);
  EXPECT_TRUE(info.is_frame_start);
  EXPECT_FALSE(info.is_keyframe_start);  // depends on the layer below
  EXPECT_FALSE(info.is_frame_end);
}

TEST(Vp9, FlexibleModeHasReferencesAndNoTl0PictureIndex) {
  // I P L F B: id 5, layers, two references.
  const PayloadInfo info = describe(Codec::kVp9, {0xF8, 0x05, 0x00, 0x03, 0x04, 0x55});
  EXPECT_EQ(info.descriptor_bytes, 5);
  EXPECT_FALSE(info.has_tl0_picture_index);
  EXPECT_FALSE(info.is_keyframe_start);
}

TEST(Vp9, AtMostThreeReferences) {
  EXPECT_EQ(describe(Codec::kVp9, {0xD8, 0x05, 3, 3, 2, 0x55}).descriptor_bytes, 5);
  EXPECT_TRUE(is_refused(Codec::kVp9, {0xD8, 0x05, 3, 3, 3, 2, 0x55}));
}

TEST(Vp9, LargestScalabilityStructureIsSkipped) {
  Bytes payload = {0x02, 0xF8};
  payload.insert(payload.end(), 32, 0);  // eight resolutions
  payload.push_back(255);
  for (int i = 0; i < 255; ++i) payload.insert(payload.end(), {0x0C, 1, 1, 1});
  EXPECT_TRUE(is_refused(Codec::kVp9, payload));
  payload.push_back(0x55);
  EXPECT_EQ(describe(Codec::kVp9, payload).descriptor_bytes, payload.size() - 1);
}

TEST(H264, SingleUnits) {
  EXPECT_TRUE(describe(Codec::kH264, {0x67, 0x42}).is_keyframe_start);   // SPS
  EXPECT_TRUE(describe(Codec::kH264, {0x65, 0x88}).is_keyframe_start);   // IDR, first slice
  EXPECT_FALSE(describe(Codec::kH264, {0x65, 0x48}).is_keyframe_start);  // IDR, later slice
  EXPECT_FALSE(describe(Codec::kH264, {0x65, 0x48}).is_frame_start);
  EXPECT_FALSE(describe(Codec::kH264, {0x68, 0xCE}).is_keyframe_start);  // PPS
  const PayloadInfo delta = describe(Codec::kH264, {0x41, 0x9A});
  EXPECT_TRUE(delta.is_frame_start);
  EXPECT_FALSE(delta.is_keyframe_start);
  EXPECT_FALSE(delta.is_discardable);
  EXPECT_TRUE(describe(Codec::kH264, {0x01, 0x9A}).is_discardable);
  EXPECT_TRUE(describe(Codec::kH264, {0x09, 0x10}).is_frame_start);  // delimiter
}

TEST(H264, StapAWithParameterSetsAndIdrIsAKeyframe) {
  const Bytes payload = {0x78, 0, 3, 0x67, 0x42, 0xC0, 0, 2, 0x68, 0xCE, 0, 2, 0x65, 0x88};
  EXPECT_TRUE(describe(Codec::kH264, payload).is_keyframe_start);
  EXPECT_FALSE(describe(Codec::kH264, {0x78, 0, 2, 0x41, 0x9A}).is_keyframe_start);
}

TEST(H264, StapAWithUnitsPastTheEndIsUnknown) {
  EXPECT_TRUE(is_refused(Codec::kH264, {0x78, 0, 4, 0x67, 0x42, 0xC0}));
  EXPECT_TRUE(is_refused(Codec::kH264, {0x78, 0, 0}));
  EXPECT_TRUE(is_refused(Codec::kH264, {0x78, 0, 1, 0x67, 0}));
}

TEST(H264, FuAStartsAKeyframeOnlyWithItsFirstFragment) {
  EXPECT_TRUE(describe(Codec::kH264, {0x7C, 0x85, 0x88}).is_keyframe_start);
  EXPECT_FALSE(describe(Codec::kH264, {0x7C, 0x05, 0x88}).is_keyframe_start);
  EXPECT_FALSE(describe(Codec::kH264, {0x7C, 0x45, 0x88}).is_frame_start);
  EXPECT_FALSE(describe(Codec::kH264, {0x5C, 0x81, 0x9A}).is_keyframe_start);
  EXPECT_TRUE(describe(Codec::kH264, {0x5C, 0x81, 0x9A}).is_frame_start);
}

TEST(H264, OtherPacketizationsAreUnknown) {
  for (const unsigned type : {0U, 25U, 26U, 27U, 29U, 30U, 31U}) {
    EXPECT_TRUE(is_refused(Codec::kH264, {static_cast<std::uint8_t>(type), 1, 2, 3})) << type;
  }
  EXPECT_TRUE(is_refused(Codec::kH264, {0x7C, 0x85}));
  EXPECT_TRUE(is_refused(Codec::kH264, {0x65}));
}

TEST(Av1, NewCodedVideoSequenceIsAKeyframe) {
  // W = 2: a sequence header of 3 bytes with its length, then a frame.
  const PayloadInfo info = describe(Codec::kAv1, {0x28, 3, 0x08, 0, 0, 0x30, 0x10});
  EXPECT_TRUE(info.is_keyframe_start && info.is_frame_start);
  EXPECT_EQ(info.descriptor_bytes, 1);
}

TEST(Av1, SequenceHeaderIsAKeyframeWithoutTheBitToo) {
  EXPECT_TRUE(describe(Codec::kAv1, {0x00, 3, 0x08, 0, 0, 2, 0x30, 0x10}).is_keyframe_start);
}

TEST(Av1, LayersComeFromTheObuExtension) {
  const PayloadInfo info = describe(Codec::kAv1, {0x10, 0x34, 0x48, 0x10});
  EXPECT_TRUE(info.is_frame_start);
  EXPECT_FALSE(info.is_keyframe_start);
  EXPECT_EQ(info.temporal_layer, 2);
  EXPECT_EQ(info.spatial_layer, 1);
}

TEST(Av1, ContinuationIsNotReadAsAnObu) {
  const PayloadInfo info =
      describe(Codec::kAv1, {0x90, 0x08, 0x00});  // looks like a sequence header
  EXPECT_FALSE(info.is_frame_start || info.is_keyframe_start);
  // But what follows the continuation is.
  EXPECT_TRUE(describe(Codec::kAv1, {0xA0, 1, 0x08, 0x30, 0x10}).is_frame_start);
}

TEST(Av1, ContradictionsAndLengthsPastTheEndAreUnknown) {
  EXPECT_TRUE(is_refused(Codec::kAv1, {0x98, 0x30, 0x10}));     // Z and N
  EXPECT_TRUE(is_refused(Codec::kAv1, {0x00, 5, 0x30, 0x10}));  // 5 of 2 bytes
  EXPECT_TRUE(is_refused(Codec::kAv1, {0x00, 0x82}));           // length cut off
  EXPECT_TRUE(is_refused(Codec::kAv1, {0x10}));                 // nothing after the header
  EXPECT_TRUE(is_refused(Codec::kAv1, {0x00, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
                                       0x01, 0x30}));  // length of 9 bytes
}

TEST(PictureSize, OfVp8StandsBehindTheStartCode) {
  // A descriptor with a 15-bit picture id; 640x480 with a scale, which does not count.
  const Bytes payload = {0x90, 0x80, 0x80, 1, 0x10, 0, 0, 0x9D, 0x01, 0x2A, 0x80, 0x42, 0xE0, 0x01};
  EXPECT_EQ(picture_size(Codec::kVp8, payload), (PictureSize{640, 480}));
  EXPECT_FALSE(picture_size(Codec::kVp8, {payload.data(), payload.size() - 1}));
  Bytes without_code = payload;
  without_code[7] = 0;
  EXPECT_FALSE(picture_size(Codec::kVp8, without_code));
}

TEST(PictureSize, OfVp9IsThatOfTheLargestLayer) {
  const Bytes with_structure = {0xAE, 0x80, 0x01, 0x00, 0x02,                    //
                                0x38, 1,    0x40, 0,    0xB4, 2, 0x80, 1, 0x68,  //
                                1,    0x04, 1,    0x82};
  EXPECT_EQ(picture_size(Codec::kVp9, with_structure), (PictureSize{640, 360}));
  // Without one: the uncompressed header of a keyframe of profile 0, 320x180, behind the
  // descriptor.
  const Bytes header = {0x08, 0x82, 0x49, 0x83, 0x42, 0x00, 0x13, 0xF0, 0x0B, 0x30};
  EXPECT_EQ(picture_size(Codec::kVp9, header), (PictureSize{320, 180}));
  Bytes inter = header;
  inter[1] |= 0x04;
  EXPECT_FALSE(picture_size(Codec::kVp9, inter));
}

// The SPS of 640x480 at 30 Hz as x264 writes it for its high profile, with a byte that prevents a
// start code behind the size.
const Bytes kSps640x480 = {0x67, 0x64, 0x00, 0x1E, 0xAC, 0xD9, 0x40, 0xA0, 0x3D, 0xA1,
                           0x00, 0x00, 0x03, 0x00, 0x01, 0x00, 0x00, 0x03, 0x00, 0x3C};
// And that of OpenH264's constrained baseline profile, 320x240.
const Bytes kSps320x240 = {0x67, 0x42, 0xC0, 0x0D, 0x8C, 0x8D, 0x40, 0xA0, 0xFD, 0x00, 0xF0};

TEST(PictureSize, OfH264IsInTheSequenceParameterSet) {
  EXPECT_EQ(picture_size(Codec::kH264, kSps640x480), (PictureSize{640, 480}));
  EXPECT_EQ(picture_size(Codec::kH264, kSps320x240), (PictureSize{320, 240}));
  Bytes aggregated = {0x78, 0, 2, 0x09, 0xF0, 0, static_cast<std::uint8_t>(kSps640x480.size())};
  aggregated.insert(aggregated.end(), kSps640x480.begin(), kSps640x480.end());
  EXPECT_EQ(picture_size(Codec::kH264, aggregated), (PictureSize{640, 480}));
  EXPECT_FALSE(picture_size(Codec::kH264, Bytes{0x65, 0x88, 0x84}));
  EXPECT_FALSE(picture_size(Codec::kH264, {kSps640x480.data(), 6}));
}

TEST(PictureSize, OfAv1IsInTheSequenceHeader) {
  // W = 1, N; an OBU without a size: profile 0, one operating point, sides of 10 and 9 bits.
  const Bytes payload = {0x18, 0x08, 0x00, 0x00, 0x00, 0x24, 0xC4, 0xFF, 0xDF};
  EXPECT_EQ(picture_size(Codec::kAv1, payload), (PictureSize{640, 480}));
  // The same with a size, behind a temporal delimiter: W = 0.
  Bytes sized = {0x08, 2, 0x12, 0x00, 9, 0x0A, 7};
  sized.insert(sized.end(), payload.begin() + 2, payload.end());
  EXPECT_EQ(picture_size(Codec::kAv1, sized), (PictureSize{640, 480}));
  EXPECT_FALSE(picture_size(Codec::kAv1, {payload.data(), payload.size() - 2}));
  EXPECT_FALSE(picture_size(Codec::kAv1, Bytes{0x10, 0x30, 0x10, 0x00}));
}

TEST(PictureSize, IsUnknownOfAudioAndOfNothing) {
  EXPECT_FALSE(picture_size(Codec::kOpus, Bytes{0x78}));
  for (const Codec codec : {Codec::kVp8, Codec::kVp9, Codec::kH264, Codec::kAv1}) {
    EXPECT_FALSE(picture_size(codec, {}));
  }
}

}  // namespace
}  // namespace penstock
