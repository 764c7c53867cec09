// SPDX-License-Identifier: Apache-2.0
#include "crypto/format/proof_bundle.hpp"

#include <array>
#include <utility>

#include "base/base64.hpp"

namespace provchain::crypto::format {
namespace {

constexpr std::size_t kBundleBytesMax = std::size_t{64} << 20;
constexpr std::size_t kPathLengthMax = 64;
constexpr std::size_t kEpochsMax = 100'000;

class Writer {
 public:
  Writer& raw(std::string_view text) {
    out_ += text;
    return *this;
  }
  Writer& hex(Bytes bytes) { return raw("\"").raw(to_hex(bytes)).raw("\""); }
  Writer& base64(Bytes bytes) { return raw("\"").raw(to_base64(bytes)).raw("\""); }
  Writer& number(std::uint64_t value) { return raw(std::to_string(value)); }
  Writer& path(const std::vector<Hash256>& path) {
    raw("[");
    for (std::size_t i = 0; i < path.size(); ++i) raw(i == 0 ? "" : ",").hex(path[i].view());
    return raw("]");
  }
  Writer& string(std::string_view text) {
    raw("\"");
    for (const char c : text) {
      const auto byte = static_cast<std::uint8_t>(c);
      if (c == '"' || c == '\\') {
        out_.push_back('\\');
        out_.push_back(c);
      } else if (byte < 0x20) {
        raw("\\u00").raw(to_hex(Bytes{&byte, 1}));
      } else {
        out_.push_back(c);
      }
    }
    return raw("\"");
  }
  std::string take() { return std::move(out_); }

 private:
  std::string out_;
};

// Reads the one spelling from left to right. After the first failure every further read does nothing.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] BundleError error() const { return {position_, expected_}; }
  [[nodiscard]] bool at_end() const { return position_ == text_.size(); }
  [[nodiscard]] bool sees(std::string_view literal) const { return ok_ && text_.substr(position_).starts_with(literal); }

  void expect(std::string_view literal) {
    if (!sees(literal)) return fail(literal);
    position_ += literal.size();
  }
  template <class Id>
  Id hex() {
    Id id;
    expect("\"");
    if (!ok_) return id;
    if (!from_hex(text_.substr(position_, Id::kSize * 2), id.mut())) fail("lower-case hexadecimal digits");
    if (ok_) position_ += Id::kSize * 2;
    expect("\"");
    return id;
  }
  ByteVector base64() {
    expect("\"");
    if (!ok_) return {};
    const std::size_t end = text_.find('"', position_);
    auto bytes = end == std::string_view::npos ? std::nullopt : from_base64(text_.substr(position_, end - position_));
    if (!bytes) {
      fail("base64 with padding");
      return {};
    }
    position_ = end + 1;
    return std::move(*bytes);
  }
  std::uint64_t number() {
    std::size_t end = position_;
    std::uint64_t value = 0;
    while (ok_ && end < text_.size() && text_[end] >= '0' && text_[end] <= '9' && end - position_ < 19)
      value = value * 10 + static_cast<std::uint64_t>(text_[end++] - '0');
    if (ok_ && (end == position_ || (text_[position_] == '0' && end - position_ > 1))) fail("a number without leading zeros");
    if (ok_) position_ = end;
    return value;
  }
  std::vector<Hash256> path() {
    std::vector<Hash256> path;
    expect("[");
    while (ok_ && !sees("]")) {
      if (!path.empty()) expect(",");
      if (path.size() == kPathLengthMax) fail("at most 64 hashes");
      path.push_back(hex<Hash256>());
    }
    expect("]");
    return path;
  }
  std::string string() {
    std::string value;
    expect("\"");
    while (ok_ && !sees("\"")) {
      if (at_end()) {
        fail("a closing quote");
      } else if (text_[position_] == '\\') {
        escape(value);
      } else if (static_cast<std::uint8_t>(text_[position_]) < 0x20) {
        fail("an escaped control character");
      } else {
        value.push_back(text_[position_++]);
      }
    }
    expect("\"");
    return value;
  }

 private:
  void fail(std::string_view expected) {
    if (!ok_) return;
    ok_ = false;
    expected_ = expected;
  }
  void escape(std::string& value) {
    if (sees("\\\"") || sees("\\\\")) {
      value.push_back(text_[position_ + 1]);
      position_ += 2;
      return;
    }
    std::uint8_t byte = 0;
    const bool control = sees("\\u00") && from_hex(text_.substr(position_ + 4, 2), MutBytes{&byte, 1}) && byte < 0x20;
    if (!control) return fail("one of the escapes \\\" \\\\ \\u00xx");
    value.push_back(static_cast<char>(byte));
    position_ += 6;
  }

  std::string_view text_;
  std::size_t position_ = 0;
  bool ok_ = true;
  std::string_view expected_;
};

void write_claim(Writer& out, const ProofBundle& bundle) {
  out.raw(",\"claim\":{");
  switch (bundle.kind) {
    case ProofKind::block:
      out.raw("\"block_id\":").hex(bundle.claim.block_id.view()).raw(",\"height\":").number(bundle.claim.height.value());
      break;
    case ProofKind::tx:
      out.raw("\"tx_id\":").hex(bundle.claim.tx_id.view());
      break;
    case ProofKind::quad:
      out.raw("\"tx_id\":").hex(bundle.claim.tx_id.view()).raw(",\"line\":").string(bundle.claim.line);
      break;
  }
  out.raw("}");
}

ProofKind read_kind(Reader& in) {
  for (const ProofKind kind : {ProofKind::block, ProofKind::tx}) {
    if (!in.sees(to_string(kind))) continue;
    in.expect(to_string(kind));
    return kind;
  }
  in.expect(to_string(ProofKind::quad));
  return ProofKind::quad;
}

ProofClaim read_claim(Reader& in, ProofKind kind) {
  ProofClaim claim;
  in.expect(",\"claim\":{");
  if (kind == ProofKind::block) {
    in.expect("\"block_id\":");
    claim.block_id = in.hex<BlockId>();
    in.expect(",\"height\":");
    claim.height = Height(in.number());
  } else {
    in.expect("\"tx_id\":");
    claim.tx_id = in.hex<TxId>();
    if (kind == ProofKind::quad) {
      in.expect(",\"line\":");
      claim.line = in.string();
    }
  }
  in.expect("}");
  return claim;
}

std::vector<EpochStep> read_epochs(Reader& in) {
  std::vector<EpochStep> epochs;
  in.expect(",\"epochs\":[");
  while (in.ok() && !in.sees("]") && epochs.size() < kEpochsMax) {
    if (!epochs.empty()) in.expect(",");
    EpochStep& step = epochs.emplace_back();
    in.expect("{\"header\":");
    step.header = in.base64();
    in.expect(",\"certificate\":");
    step.certificate = in.base64();
    in.expect(",\"next_authorities\":");
    step.next_authorities = in.base64();
    in.expect("}");
  }
  in.expect("]");
  return epochs;
}

TxPart read_tx(Reader& in) {
  TxPart tx;
  in.expect(",\"tx\":{\"index\":");
  tx.index = in.number();
  in.expect(",\"header\":");
  tx.header = in.base64();
  in.expect(",\"signature\":");
  tx.signature = in.base64();
  in.expect(",\"path\":");
  tx.path = in.path();
  in.expect("}");
  return tx;
}

}  // namespace

std::string_view to_string(ProofKind kind) {
  switch (kind) {
    case ProofKind::block:
      return "block";
    case ProofKind::tx:
      return "tx";
    case ProofKind::quad:
      return "quad";
  }
  PVC_UNREACHABLE();
}

std::string encode_proof_bundle(const ProofBundle& bundle) {
  Writer out;
  out.raw("{\"format\":\"provchain-proof/1\",\"kind\":\"")
      .raw(to_string(bundle.kind))
      .raw("\",\"network_id\":")
      .hex(bundle.network_id.view());
  write_claim(out, bundle);
  out.raw(",\"epochs\":[");
  for (std::size_t i = 0; i < bundle.epochs.size(); ++i) {
    const EpochStep& step = bundle.epochs[i];
    out.raw(i == 0 ? "" : ",").raw("{\"header\":").base64(step.header).raw(",\"certificate\":").base64(step.certificate);
    out.raw(",\"next_authorities\":").base64(step.next_authorities).raw("}");
  }
  out.raw("],\"head\":{\"header\":").base64(bundle.head.header).raw(",\"certificate\":").base64(bundle.head.certificate).raw("}");
  if (bundle.block)
    out.raw(",\"block\":{\"header\":").base64(bundle.block->header).raw(",\"path\":").path(bundle.block->path).raw("}");
  if (bundle.tx) {
    out.raw(",\"tx\":{\"index\":").number(bundle.tx->index).raw(",\"header\":").base64(bundle.tx->header);
    out.raw(",\"signature\":").base64(bundle.tx->signature).raw(",\"path\":").path(bundle.tx->path).raw("}");
  }
  if (bundle.quad) out.raw(",\"quad\":{\"index\":").number(bundle.quad->index).raw(",\"path\":").path(bundle.quad->path).raw("}");
  return out.raw("}\n").take();
}

Result<ProofBundle, BundleError> decode_proof_bundle(std::string_view text) {
  if (text.size() > kBundleBytesMax) return std::unexpected(BundleError{kBundleBytesMax, "at most 64 MiB"});
  Reader in(text);
  ProofBundle bundle;
  in.expect("{\"format\":\"provchain-proof/1\",\"kind\":\"");
  bundle.kind = read_kind(in);
  in.expect("\",\"network_id\":");
  bundle.network_id = in.hex<NetworkId>();
  bundle.claim = read_claim(in, bundle.kind);
  bundle.epochs = read_epochs(in);
  in.expect(",\"head\":{\"header\":");
  bundle.head.header = in.base64();
  in.expect(",\"certificate\":");
  bundle.head.certificate = in.base64();
  in.expect("}");
  if (in.sees(",\"block\":")) {
    BlockPart& block = bundle.block.emplace();
    in.expect(",\"block\":{\"header\":");
    block.header = in.base64();
    in.expect(",\"path\":");
    block.path = in.path();
    in.expect("}");
  }
  if (bundle.kind != ProofKind::block) bundle.tx = read_tx(in);
  if (bundle.kind == ProofKind::quad) {
    QuadPart& quad = bundle.quad.emplace();
    in.expect(",\"quad\":{\"index\":");
    quad.index = in.number();
    in.expect(",\"path\":");
    quad.path = in.path();
    in.expect("}");
  }
  in.expect("}\n");
  if (!in.ok()) return std::unexpected(in.error());
  if (!in.at_end()) return std::unexpected(BundleError{text.size(), "nothing after the closing line"});
  return bundle;
}

}  // namespace provchain::crypto::format
