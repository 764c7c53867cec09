// SPDX-License-Identifier: Apache-2.0
#include "wire/error.hpp"

#include "base/check.hpp"

namespace provchain::wire {

std::string_view to_string(Errc code) {
  switch (code) {
    case Errc::bad_record_length:
      return "bad_record_length";
    case Errc::bad_record_seal:
      return "bad_record_seal";
    case Errc::bad_flags:
      return "bad_flags";
    case Errc::bad_class:
      return "bad_class";
    case Errc::bad_padding:
      return "bad_padding";
    case Errc::bad_version:
      return "bad_version";
    case Errc::bad_ignorable:
      return "bad_ignorable";
    case Errc::bad_response_flag:
      return "bad_response_flag";
    case Errc::zstd_not_allowed:
      return "zstd_not_allowed";
    case Errc::message_too_large:
      return "message_too_large";
    case Errc::length_changed:
      return "length_changed";
    case Errc::header_changed:
      return "header_changed";
    case Errc::second_message:
      return "second_message";
    case Errc::more_without_bytes:
      return "more_without_bytes";
    case Errc::more_after_end:
      return "more_after_end";
    case Errc::ended_early:
      return "ended_early";
    case Errc::too_many_bytes:
      return "too_many_bytes";
    case Errc::unknown_in_parts:
      return "unknown_in_parts";
    case Errc::unknown_flood:
      return "unknown_flood";
    case Errc::record_timeout:
      return "record_timeout";
    case Errc::message_too_slow:
      return "message_too_slow";
    case Errc::cipher_exhausted:
      return "cipher_exhausted";
    case Errc::misaligned:
      return "misaligned";
    case Errc::not_verified:
      return "not_verified";
    case Errc::missing_field:
      return "missing_field";
    case Errc::misaligned_field:
      return "misaligned_field";
    case Errc::truncated:
      return "truncated";
    case Errc::trailing_bytes:
      return "trailing_bytes";
    case Errc::reserved_not_zero:
      return "reserved_not_zero";
    case Errc::bad_count:
      return "bad_count";
    case Errc::bad_length:
      return "bad_length";
    case Errc::bad_order:
      return "bad_order";
    case Errc::bad_value:
      return "bad_value";
    case Errc::bad_text:
      return "bad_text";
    case Errc::bad_kind:
      return "bad_kind";
    case Errc::unsupported_form:
      return "unsupported_form";
    case Errc::unknown_dictionary:
      return "unknown_dictionary";
    case Errc::bad_frame:
      return "bad_frame";
    case Errc::declared_size_mismatch:
      return "declared_size_mismatch";
    case Errc::plain_too_large:
      return "plain_too_large";
    case Errc::ratio_too_high:
      return "ratio_too_high";
    case Errc::bad_blocks:
      return "bad_blocks";
  }
  PVC_UNREACHABLE();
}

Blame blame(Errc code) {
  switch (code) {
    case Errc::message_too_large:
    case Errc::unknown_flood:
    case Errc::record_timeout:
    case Errc::message_too_slow:
    case Errc::plain_too_large:
      return Blame::peer_limit;
    case Errc::cipher_exhausted:
    case Errc::misaligned:
      return Blame::local;
    case Errc::bad_record_length:
    case Errc::bad_record_seal:
    case Errc::bad_flags:
    case Errc::bad_class:
    case Errc::bad_padding:
    case Errc::bad_version:
    case Errc::bad_ignorable:
    case Errc::bad_response_flag:
    case Errc::zstd_not_allowed:
    case Errc::length_changed:
    case Errc::header_changed:
    case Errc::second_message:
    case Errc::more_without_bytes:
    case Errc::more_after_end:
    case Errc::ended_early:
    case Errc::too_many_bytes:
    case Errc::unknown_in_parts:
    case Errc::not_verified:
    case Errc::missing_field:
    case Errc::misaligned_field:
    case Errc::truncated:
    case Errc::trailing_bytes:
    case Errc::reserved_not_zero:
    case Errc::bad_count:
    case Errc::bad_length:
    case Errc::bad_order:
    case Errc::bad_value:
    case Errc::bad_text:
    case Errc::bad_kind:
    case Errc::unsupported_form:
    case Errc::unknown_dictionary:
    case Errc::bad_frame:
    case Errc::declared_size_mismatch:
    case Errc::ratio_too_high:
    case Errc::bad_blocks:
      return Blame::peer_malformed;
  }
  PVC_UNREACHABLE();
}

}  // namespace provchain::wire
