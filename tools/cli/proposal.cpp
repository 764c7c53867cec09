// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/proposal.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "base/utf8.hpp"
#include "crypto/domain.hpp"
#include "tools/cli/options.hpp"

namespace provchain::cli {
namespace {

using crypto::format::Authority;
using crypto::format::AuthorityList;
using crypto::format::Change;
using crypto::format::ChangeKind;
using crypto::format::first_newcomer;
using nlohmann::json;

constexpr const char* kFormat = "provchain-proposal/1";

struct KindName {
  ChangeKind kind;
  const char* name;   // in the file
  const char* words;  // in front of whom it is about
};
constexpr std::array kKinds{
    KindName{ChangeKind::add_authority, "add_authority", "add the authority"},
    KindName{ChangeKind::remove_authority, "remove_authority", "remove the authority"},
    KindName{ChangeKind::open_participation, "open_participation", "let everybody submit"},
    KindName{ChangeKind::close_participation, "close_participation", "let only participants submit"},
    KindName{ChangeKind::admit_participant, "admit_participant", "admit the participant"},
    KindName{ChangeKind::expel_participant, "expel_participant", "expel the participant"},
};
const KindName& kind_name(ChangeKind kind) { return *std::ranges::find(kKinds, kind, &KindName::kind); }

// Members of a file that a person may have edited: each refusal names the file and the member.
class Reader {
 public:
  Reader(const json& object, const std::string& file) : object_(object), file_(file) {
    if (!object.is_object()) refuse("is not a proposal: a JSON object is expected");
  }
  [[noreturn]] void refuse(const std::string& why) const { fail(Exit::usage, file_ + ": " + why); }

  [[nodiscard]] std::string text(const char* name) const {
    const auto at = object_.find(name);
    if (at == object_.end() || !at->is_string()) refuse(fmt::format("\"{}\" is missing or not a text", name));
    return at->get<std::string>();
  }
  [[nodiscard]] std::uint64_t number(const char* name) const {
    const auto at = object_.find(name);
    if (at == object_.end() || !at->is_number_unsigned()) refuse(fmt::format("\"{}\" is missing or not a number", name));
    return at->get<std::uint64_t>();
  }
  template <class Id>
  [[nodiscard]] Id hex(const char* name) const {
    const auto id = Id::parse_hex(text(name));
    if (!id) refuse(fmt::format("\"{}\" is not {} lower-case hex digits", name, 2 * Id::kSize));
    return *id;
  }
  [[nodiscard]] const json& list(const char* name) const {
    const auto at = object_.find(name);
    if (at == object_.end() || !at->is_array()) refuse(fmt::format("\"{}\" is missing or not a list", name));
    return *at;
  }
  // It is printed: a name must not play with the terminal of whoever signs.
  [[nodiscard]] std::string printable(const char* name) const {
    std::string value = text(name);
    if (value.size() > 255 || !is_printable_utf8(as_bytes(value)))
      refuse(fmt::format("\"{}\" is not a text of at most 255 bytes without control characters", name));
    return value;
  }

 private:
  const json& object_;
  const std::string& file_;
};

json change_json(const Change& change) {
  json object{{"change", kind_name(change.kind).name}};
  if (!change.key.is_zero()) object["key"] = change.key.hex();
  if (change.kind == ChangeKind::add_authority) object["name"] = change.name;
  return object;
}

std::string tolerance(std::size_t count) {
  return fmt::format("{} {}, {} needed to decide, {} may be lost", count, count == 1 ? "authority" : "authorities",
                     crypto::format::quorum(count), count - crypto::format::quorum(count));
}

}  // namespace

Proposal::Proposal(const crypto::format::StatementContext& context, Epoch epoch, AuthorityList authorities)
    : context_(context), epoch_(epoch), authorities_(std::move(authorities)) {}

Proposal Proposal::read(const std::string& file) {
  const json object = json::parse(read_file(file), nullptr, false);
  const Reader reader(object, file);
  if (reader.text("format") != kFormat) reader.refuse(fmt::format("\"format\" is not {}", kFormat));
  Proposal proposal({reader.hex<NetworkId>("network_id"), reader.hex<BlockId>("anchor_id")}, Epoch(reader.number("epoch")), {});
  proposal.take_members(object, file);
  return proposal;
}

void Proposal::take_members(const json& object, const std::string& file) {
  const Reader reader(object, file);
  for (const json& member : reader.list("authorities")) {
    const Reader authority(member, file);
    authorities_.push_back({authority.hex<PublicKey>("key"), authority.printable("name")});
  }
  if (!crypto::format::is_acceptable(authorities_)) reader.refuse("\"authorities\" is not a list of 1 to 100 different keys");
  ByteVector action(reader.text("action").size() / 2);
  if (!from_hex(reader.text("action"), action)) reader.refuse("\"action\" is not hex");
  auto changes = crypto::format::decode_action(action);
  if (!changes) reader.refuse(fmt::format("\"action\": {}", crypto::format::to_string(changes.error().code)));
  json words = json::array();
  for (const Change& change : *changes) words.push_back(change_json(change));
  if (reader.list("changes") != words) reader.refuse("\"changes\" does not say what \"action\", which is signed, does");
  for (const Change& change : *changes) {
    if (const std::string why = objection(change); !why.empty()) reader.refuse(why);
    add(change);
  }
  for (const json& member : reader.list("approvals")) {
    const Reader approval(member, file);
    const std::uint64_t number = approval.number("signer");
    if (number > UINT16_MAX || signer(static_cast<std::uint16_t>(number)) == nullptr)
      reader.refuse(fmt::format("signer {} is neither an authority nor one to be added", number));
    take_approval(static_cast<std::uint16_t>(number), approval.hex<Signature>("signature"), file);
  }
}

void Proposal::write(const std::string& file) const { write_file(file, to_json().dump(2) + "\n"); }

crypto::format::Governance Proposal::governance() const {
  crypto::format::Governance governance{changes_, {}};
  for (const auto& [number, signature] : approvals_) governance.approvals.push_back({number, signature});
  return governance;
}

void Proposal::add(const Change& change) {
  if (is_signed()) fail(Exit::usage, "the proposal has been signed and cannot change any more; begin another with --file");
  if (const std::string why = objection(change); !why.empty()) fail(Exit::usage, why);
  changes_.push_back(change);
  if (change.kind == ChangeKind::add_authority) newcomers_.push_back({change.key, change.name});
}

std::string Proposal::objection(const Change& change) const {
  if (changes_.size() == crypto::format::changes_max)
    return fmt::format("a proposal holds at most {} changes", crypto::format::changes_max);
  if (!crypto::format::is_well_formed(std::vector{change}))
    return "a name is a text of at most 255 bytes without control characters";
  const AuthorityList next = next_authorities();
  const bool listed = std::ranges::find(next, change.key, &Authority::key) != next.end();
  const bool adds = change.kind == ChangeKind::add_authority;
  if (adds && !crypto::is_acceptable_public_key(change.key)) return change.key.hex() + " is not an Ed25519 key";
  if (adds && listed) return change.key.hex() + " is an authority already";
  if (change.kind == ChangeKind::remove_authority && !listed) return change.key.hex() + " is not an authority";
  return "";
}

AuthorityList Proposal::next_authorities() const {
  AuthorityList next = authorities_;
  for (const Change& change : changes_) {
    if (change.kind == ChangeKind::add_authority) next.push_back({change.key, change.name});
    if (change.kind == ChangeKind::remove_authority)
      std::erase_if(next, [&](const Authority& authority) { return authority.key == change.key; });
  }
  return next;
}

const Authority* Proposal::signer(std::uint16_t number) const {
  if (number < first_newcomer) return number < authorities_.size() ? &authorities_[number] : nullptr;
  const std::size_t index = number - std::size_t{first_newcomer};
  return index < newcomers_.size() ? &newcomers_[index] : nullptr;
}

void Proposal::take_approval(std::uint16_t number, const Signature& signature, const std::string& file) {
  const ByteVector message = crypto::format::approval_message(context_, changes_);
  if (!crypto::verify_tagged(signer(number)->key, crypto::domain::govern, message, signature))
    fail(Exit::usage, fmt::format("{}: the signature of {} is not of this proposal", file, signer(number)->name));
  approvals_[number] = signature;
}

void Proposal::sign(const crypto::KeyPair& pair, As role) {
  const AuthorityList& places = role == As::authority ? authorities_ : newcomers_;
  const std::uint16_t first = role == As::authority ? 0 : first_newcomer;
  const ByteVector message = crypto::format::approval_message(context_, changes_);
  bool signed_one = false;
  for (std::size_t i = 0; i < places.size(); ++i) {
    if (places[i].key != pair.public_key) continue;
    approvals_[static_cast<std::uint16_t>(first + i)] = crypto::sign_tagged(pair.secret_key, crypto::domain::govern, message);
    signed_one = true;
  }
  if (signed_one) return;
  fail(Exit::usage, fmt::format("the key {} is {}", pair.public_key.hex(),
                                role == As::authority ? fmt::format("not one of the authorities of epoch {}", epoch_.value())
                                                      : "not one that the proposal adds"));
}

void Proposal::merge(const Proposal& other, const std::string& file) {
  if (other.context_ != context_) fail(Exit::usage, file + ": is of another network or epoch than the files before it");
  if (other.changes_ != changes_) fail(Exit::usage, file + ": proposes something else than the files before it");
  for (const auto& [number, signature] : other.approvals_) take_approval(number, signature, file);
}

Proposal::Missing Proposal::missing() const {
  Missing missing;
  std::size_t signed_authorities = 0;
  for (std::size_t i = 0; i < authorities_.size(); ++i) {
    if (approvals_.contains(static_cast<std::uint16_t>(i)))
      ++signed_authorities;
    else
      missing.of.push_back(authorities_[i].name);
  }
  const std::size_t needed = crypto::format::quorum(authorities_.size());
  missing.authorities = needed - std::min(needed, signed_authorities);
  for (std::size_t i = 0; i < newcomers_.size(); ++i)
    if (!approvals_.contains(static_cast<std::uint16_t>(first_newcomer + i))) missing.newcomers.push_back(newcomers_[i].name);
  return missing;
}

std::string Proposal::in_words() const {
  std::string text = fmt::format("proposal for epoch {} of network {}\n", epoch_.value(), context_.network_id.hex());
  for (const Change& change : changes_) {
    text += fmt::format("  {}", kind_name(change.kind).words);
    const auto known = std::ranges::find(authorities_, change.key, &Authority::key);
    const std::string& name = !change.name.empty() || known == authorities_.end() ? change.name : known->name;
    if (!name.empty()) text += fmt::format(" \"{}\"", name);
    if (!change.key.is_zero()) text += " " + change.key.hex();
    text += "\n";
  }
  text += fmt::format("now        {}\nthen       {}\n", tolerance(authorities_.size()), tolerance(next_authorities().size()));
  std::vector<std::string> names;
  names.reserve(approvals_.size());
  for (const auto& [number, signature] : approvals_)
    names.push_back(signer(number)->name + (number >= first_newcomer ? " (newcomer)" : ""));
  text += fmt::format("signed by  {}\n", names.empty() ? "nobody" : fmt::format("{}", fmt::join(names, ", ")));
  if (const std::string missing_words = describe(missing()); !missing_words.empty()) text += "missing    " + missing_words + "\n";
  return text;
}

json Proposal::to_json() const {
  json authorities = json::array();
  for (const Authority& authority : authorities_) authorities.push_back({{"name", authority.name}, {"key", authority.key.hex()}});
  json changes = json::array();
  for (const Change& change : changes_) changes.push_back(change_json(change));
  json approvals = json::array();
  for (const auto& [number, signature] : approvals_)
    approvals.push_back(
        {{"signer", number}, {"name", signer(number)->name}, {"key", signer(number)->key.hex()}, {"signature", signature.hex()}});
  return {{"format", kFormat},
          {"network_id", context_.network_id.hex()},
          {"epoch", epoch_.value()},
          {"anchor_id", context_.anchor_id.hex()},
          {"authorities", std::move(authorities)},
          {"changes", std::move(changes)},
          {"action", to_hex(crypto::format::encode_action(changes_))},
          {"approvals", std::move(approvals)}};
}

std::string describe(const Proposal::Missing& missing) {
  std::string text;
  if (missing.authorities > 0)
    text = fmt::format("{} more {} (of {})", missing.authorities, missing.authorities == 1 ? "authority" : "authorities",
                       fmt::join(missing.of, ", "));
  if (!missing.newcomers.empty())
    text += fmt::format("{}the {} {}", text.empty() ? "" : " and ", missing.newcomers.size() == 1 ? "newcomer" : "newcomers",
                        fmt::join(missing.newcomers, ", "));
  return text;
}

}  // namespace provchain::cli
