#include "dataplane/registry/registry.h"

namespace penstock {

bool FanOutWriter::add(FanOut& fan_out, WorkerIndex worker, SubscriptionHandle subscription) {
  const Handle<FanOutChunk> old_head = fan_out.head(worker);
  const FanOutChunk* old_chunk = pool_.resolve(old_head);
  const bool has_room = old_chunk != nullptr && old_chunk->count < FanOutChunk::kEntriesMax;
  // A copy of the first chunk with one more entry, or a new first chunk; the rest of the list is
  // shared.
  FanOutChunk chunk =
      has_room ? *old_chunk : FanOutChunk{.count = 0, .next = old_head, .entries = {}};
  chunk.entries[chunk.count++] = subscription;
  const Handle<FanOutChunk> head = pool_.allocate(chunk);
  if (head.is_null()) return false;
  fan_out.publish(worker, head);
  if (has_room) retire(old_head);
  return true;
}

bool FanOutWriter::remove(FanOut& fan_out, WorkerIndex worker, SubscriptionHandle subscription) {
  const Handle<FanOutChunk> old_head = fan_out.head(worker);
  FanOutChunk* old_first = pool_.resolve(old_head);
  if (old_first == nullptr) return true;
  // Find the chunk with the entry; the chunks before it keep their content but must point past its
  // replacement.
  Handle<FanOutChunk> found = old_head;
  FanOutChunk* found_chunk = old_first;
  std::uint32_t index = 0;
  for (;; found = found_chunk->next, found_chunk = pool_.resolve(found)) {
    if (found_chunk == nullptr) return true;  // it is not in the list
    for (index = 0; index < found_chunk->count && found_chunk->entries[index] != subscription;)
      ++index;
    if (index < found_chunk->count) break;
  }
  // The gap is filled with the first chunk's last entry: then the first chunk shrinks by one and
  // every other keeps its count.
  FanOutChunk first = *old_first;
  const SubscriptionHandle filler = first.entries[--first.count];
  if (found == old_head) {
    if (index < first.count) first.entries[index] = filler;
    Handle<FanOutChunk> head = first.next;
    if (first.count != 0) {
      head = pool_.allocate(first);
      if (head.is_null()) return false;
    }
    fan_out.publish(worker, head);
    retire(old_head);
    return true;
  }
  // Entries of a published chunk are 8-byte handles in an immutable chunk: replace the chunk and
  // all before it.
  StaticVector<Handle<FanOutChunk>, 1'024> made;
  const auto give_up = [&] {
    for (const auto handle : made) {
      pool_.unlink(handle);
      pool_.reclaim(handle);  // never published: nobody can have seen it
    }
    return false;
  };
  FanOutChunk replacement = *found_chunk;
  replacement.entries[index] = filler;
  Handle<FanOutChunk> next = pool_.allocate(replacement);
  if (next.is_null() || !made.push_back(next)) return give_up();
  // From the chunk before the replaced one back to the first, each again with its new successor.
  StaticVector<Handle<FanOutChunk>, 1'024> before;
  for (Handle<FanOutChunk> at = old_head; at != found; at = pool_.resolve(at)->next) {
    if (!before.push_back(at)) return give_up();
  }
  for (std::size_t i = before.size(); i > 0; --i) {
    FanOutChunk copy = i == 1 ? first : *pool_.resolve(before[i - 1]);
    if (copy.count == 0) continue;  // the first chunk gave its only entry away
    copy.next = next;
    next = pool_.allocate(copy);
    if (next.is_null() || !made.push_back(next)) return give_up();
  }
  fan_out.publish(worker, next);
  for (const auto handle : before) retire(handle);
  retire(found);
  return true;
}

void FanOutWriter::clear(FanOut& fan_out, WorkerIndex worker) {
  Handle<FanOutChunk> chunk = fan_out.head(worker);
  fan_out.publish(worker, {});
  while (const FanOutChunk* resolved = pool_.resolve(chunk)) {
    const Handle<FanOutChunk> next = resolved->next;
    retire(chunk);
    chunk = next;
  }
}

}  // namespace penstock
