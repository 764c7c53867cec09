// SPDX-License-Identifier: Apache-2.0
#include "crypto/journal_error.hpp"

#include "base/check.hpp"

namespace provchain::crypto {

std::string_view to_string(JournalErrc code) {
  switch (code) {
    case JournalErrc::missing:
      return "the vote journal is missing";
    case JournalErrc::exists:
      return "there is a vote journal already";
    case JournalErrc::locked:
      return "the vote journal is in use by another process";
    case JournalErrc::foreign_network:
      return "the vote journal belongs to another network";
    case JournalErrc::foreign_key:
      return "the vote journal belongs to another consensus key";
    case JournalErrc::foreign_uuid:
      return "this is not the vote journal that the key file names";
    case JournalErrc::unsupported_version:
      return "the vote journal has a version this program does not know";
    case JournalErrc::corrupt:
      return "the vote journal is damaged";
    case JournalErrc::gap:
      return "a part of the vote journal is missing";
    case JournalErrc::guard_regression:
      return "the vote journal holds votes out of order";
    case JournalErrc::guard_mismatch:
      return "a snapshot in the vote journal contradicts its votes";
    case JournalErrc::behind_chain:
      return "the vote journal is older than the chain: a copy was put back";
    case JournalErrc::io:
      return "the vote journal cannot be read or written";
  }
  PVC_UNREACHABLE();
}

}  // namespace provchain::crypto
