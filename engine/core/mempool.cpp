// SPDX-License-Identifier: Apache-2.0
#include "engine/core/mempool.hpp"

#include <algorithm>

#include "base/check.hpp"

namespace provchain::core {

using crypto::format::TxReject;

namespace {

// A transaction that was checked while its block was being committed would be pooled again if its id were forgotten at once; a
// check is answered within far fewer transactions than this.
// Changes of the authorities and proofs against them are few, and each is tried on the system state again and again.
constexpr std::size_t kSystemMax = 64;
constexpr std::size_t kFinalRemembered = 65'536;

}  // namespace

const PooledTx* Mempool::find(const TxId& id) const {
  const auto at = entries_.find(id);
  return at == entries_.end() ? nullptr : &at->second.tx;
}

std::optional<Height> Mempool::recently_final(const TxId& id) const {
  const auto at = final_.find(id);
  if (at == final_.end()) return std::nullopt;
  return at->second;
}

std::vector<const PooledTx*> Mempool::select(std::size_t body_bytes_max, Height height, const std::set<TxId>& excluded) const {
  struct Turn {
    std::map<std::uint64_t, const Entry*>::const_iterator next;
    std::map<std::uint64_t, const Entry*>::const_iterator end;
  };
  const auto is_includable = [&](const Entry* entry) {
    return entry->tx.checked.valid_until >= height.value() && entry->tx.bytes.size() <= body_bytes_max &&
           !excluded.contains(entry->tx.checked.id);
  };
  const auto skip = [&](Turn& turn) {
    while (turn.next != turn.end && !is_includable(turn.next->second)) ++turn.next;
    return turn.next != turn.end;
  };
  std::vector<Turn> turns;
  turns.reserve(authors_.size());
  for (const auto& [key, author] : authors_) {
    Turn turn{author.by_arrival.begin(), author.by_arrival.end()};
    if (skip(turn)) turns.push_back(turn);
  }
  std::ranges::sort(turns, {}, [](const Turn& turn) { return turn.next->first; });

  std::vector<const PooledTx*> chosen;
  std::size_t room = body_bytes_max;
  while (!turns.empty()) {
    // An author whose next transaction does not fit is done, so that its own order is kept.
    std::erase_if(turns, [&](Turn& turn) {
      const PooledTx& tx = turn.next->second->tx;
      if (tx.bytes.size() > room) return true;
      room -= tx.bytes.size();
      chosen.push_back(&tx);
      ++turn.next;
      return !skip(turn);
    });
  }
  return chosen;
}

std::optional<MonoTime> Mempool::oldest_includable(std::size_t body_bytes_max, Height height,
                                                   const std::set<TxId>& excluded) const {
  for (const auto& [sequence, entry] : by_arrival_) {
    const PooledTx& tx = entry->tx;
    if (tx.checked.valid_until >= height.value() && tx.bytes.size() <= body_bytes_max && !excluded.contains(tx.checked.id))
      return tx.seen;
  }
  return std::nullopt;
}

std::vector<TxId> Mempool::waiting_since(MonoTime until, std::size_t count_max) const {
  std::vector<TxId> ids;
  for (const auto& [sequence, entry] : by_arrival_) {
    if (entry->tx.seen > until || ids.size() >= count_max) break;
    ids.push_back(entry->tx.checked.id);
  }
  return ids;
}

bool Mempool::is_over_quota(const PublicKey& author, std::size_t tx_bytes) const {
  const auto at = authors_.find(author);
  if (at == authors_.end()) return false;
  return at->second.by_arrival.size() >= options_.author_transactions_max ||
         at->second.bytes + tx_bytes > options_.author_bytes_max;
}

bool Mempool::has_room(std::size_t tx_bytes) const {
  return entries_.size() < options_.transactions_max && bytes_ + tx_bytes <= options_.bytes_max;
}

bool Mempool::make_room(const CheckedTx& checked, std::size_t tx_bytes, std::vector<TxId>& evicted) {
  const auto own = authors_.find(checked.author);
  const std::size_t own_bytes = (own == authors_.end() ? 0 : own->second.bytes) + tx_bytes;
  while (!has_room(tx_bytes)) {
    if (authors_by_bytes_.empty()) return false;
    const auto& [largest_bytes, largest] = *authors_by_bytes_.rbegin();
    if (largest == checked.author || largest_bytes <= own_bytes) return false;
    const Entry* newest = authors_.find(largest)->second.by_arrival.rbegin()->second;
    evicted.push_back(newest->tx.checked.id);
    remove(entries_.find(newest->tx.checked.id));
  }
  return true;
}

Mempool::Inserted Mempool::insert(const CheckedTx& checked, const SharedBytes& bytes, MonoTime seen, Height next) {
  Inserted result;
  if (entries_.contains(checked.id) || final_.contains(checked.id) || checked.in_chain) {
    result.reject = TxReject::duplicate;
    return result;
  }
  if (checked.valid_until < next.value()) {
    result.reject = TxReject::expired;
    return result;
  }
  if (is_over_quota(checked.author, bytes.size())) {
    result.reject = TxReject::author_quota;
    return result;
  }
  const bool is_system = checked.kind != crypto::format::TxKind::dataset;
  if ((is_system && system_.size() >= kSystemMax) || !make_room(checked, bytes.size(), result.evicted)) {
    result.reject = TxReject::mempool_full;
    return result;
  }

  const std::uint64_t sequence = next_sequence_++;
  // The clock may not run backwards within the pool: arrival order and age order are one.
  if (!by_arrival_.empty()) seen = std::max(seen, by_arrival_.rbegin()->second->tx.seen);
  ++version_;
  const Entry* entry = &entries_.emplace(checked.id, Entry{{checked, bytes, seen}, sequence}).first->second;
  by_arrival_.emplace(sequence, entry);
  by_valid_until_.emplace(checked.valid_until, checked.id);
  if (is_system) system_.insert(checked.id);
  Author& owner = authors_[checked.author];
  owner.by_arrival.emplace(sequence, entry);
  resize_author(checked.author, owner.bytes, owner.bytes + bytes.size());
  bytes_ += bytes.size();
  invariants();
  return result;
}

void Mempool::resize_author(const PublicKey& key, std::size_t from_bytes, std::size_t to_bytes) {
  authors_by_bytes_.erase({from_bytes, key});
  const auto at = authors_.find(key);
  at->second.bytes = to_bytes;
  if (at->second.by_arrival.empty())
    authors_.erase(at);
  else
    authors_by_bytes_.emplace(to_bytes, key);
}

void Mempool::remove(std::map<TxId, Entry>::iterator at) {
  ++version_;
  const PooledTx& tx = at->second.tx;
  const PublicKey key = tx.checked.author;
  const std::size_t tx_bytes = tx.bytes.size();
  by_arrival_.erase(at->second.sequence);
  by_valid_until_.erase({tx.checked.valid_until, tx.checked.id});
  system_.erase(tx.checked.id);
  Author& author = authors_.find(key)->second;
  author.by_arrival.erase(at->second.sequence);
  entries_.erase(at);
  resize_author(key, author.bytes, author.bytes - tx_bytes);
  bytes_ -= tx_bytes;
}

void Mempool::remember_final(const TxId& id, Height height) {
  if (!final_.emplace(id, height).second) return;
  final_order_.push_back(id);
  if (final_order_.size() <= kFinalRemembered) return;
  final_.erase(final_order_.front());
  final_order_.pop_front();
}

std::vector<TxId> Mempool::on_final(std::span<const TxId> ids, Height height) {
  for (const TxId& id : ids) {
    remember_final(id, height);
    const auto at = entries_.find(id);
    if (at != entries_.end()) remove(at);
  }
  std::vector<TxId> expired;
  while (!by_valid_until_.empty() && by_valid_until_.begin()->first <= height.value()) {
    expired.push_back(by_valid_until_.begin()->second);
    remove(entries_.find(expired.back()));
  }
  invariants();
  return expired;
}

std::vector<TxId> Mempool::failing(const std::function<bool(const CheckedTx&)>& is_right) const {
  std::vector<TxId> ids;
  for (const auto& [id, entry] : entries_)
    if (!is_right(entry.tx.checked)) ids.push_back(id);
  return ids;
}

void Mempool::remove(const TxId& id) {
  const auto at = entries_.find(id);
  if (at != entries_.end()) remove(at);
  invariants();
}

std::vector<TxId> Mempool::age_out(MonoTime now) {
  std::vector<TxId> aged;
  while (!by_arrival_.empty() && by_arrival_.begin()->second->tx.seen + options_.ttl <= now) {
    aged.push_back(by_arrival_.begin()->second->tx.checked.id);
    remove(entries_.find(aged.back()));
  }
  invariants();
  return aged;
}

void Mempool::invariants() const {
  PVC_CHECK(entries_.size() <= options_.transactions_max && bytes_ <= options_.bytes_max);
  PVC_CHECK(by_arrival_.size() == entries_.size() && by_valid_until_.size() == entries_.size());
  PVC_CHECK(authors_.size() == authors_by_bytes_.size() && authors_.size() <= entries_.size());
  PVC_CHECK(final_.size() == final_order_.size());
  PVC_CHECK(system_.size() <= std::min(kSystemMax, entries_.size()));
}

}  // namespace provchain::core
