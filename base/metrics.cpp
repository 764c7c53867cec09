// SPDX-License-Identifier: Apache-2.0
#include "base/metrics.hpp"

#include <bit>
#include <charconv>
#include <cmath>

namespace provchain {
namespace {

bool is_name(std::string_view name) {
  for (const char c : name)
    if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_')) return false;
  return !name.empty() && !(name.front() >= '0' && name.front() <= '9');
}

// The format escapes backslash and line feed everywhere, and quotes within label values.
void append_escaped(std::string& out, std::string_view text, bool escape_quotes) {
  for (const char c : text) {
    if (c == '\\') {
      out += "\\\\";
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '"' && escape_quotes) {
      out += "\\\"";
    } else {
      out += c;
    }
  }
}

template <class Number>
void append_number(std::string& out, Number number) {
  std::array<char, 32> text;
  const auto end = std::to_chars(text.data(), text.data() + text.size(), number).ptr;
  out.append(text.data(), end);
}

// One line: `name_suffix{labels,extra} value`.
template <class Number>
void append_line(std::string& out, std::string_view name, std::string_view suffix, std::string_view labels,
                 std::string_view extra, Number value) {
  out += name;
  out += suffix;
  if (!labels.empty() || !extra.empty()) {
    out += '{';
    out += labels;
    if (!labels.empty() && !extra.empty()) out += ',';
    out += extra;
    out += '}';
  }
  out += ' ';
  append_number(out, value);
  out += '\n';
}

void append_histogram(std::string& out, std::string_view name, std::string_view labels, const Histogram& histogram) {
  const HistogramUnit& unit = histogram.unit();
  // The count is read last: values recorded meanwhile may be missing from a bucket, never from the total alone.
  for (unsigned log2 = unit.lowest_bound_log2; log2 <= unit.highest_bound_log2; ++log2) {
    std::string bound = "le=\"";
    append_number(bound, std::ldexp(unit.base_units_per_step, static_cast<int>(log2)));
    bound += '"';
    append_line(out, name, "_bucket", labels, bound, histogram.count_below_power(log2));
  }
  const std::uint64_t count = histogram.count();
  append_line(out, name, "_bucket", labels, "le=\"+Inf\"", count);
  append_line(out, name, "_sum", labels, {}, static_cast<double>(histogram.sum()) * unit.base_units_per_step);
  append_line(out, name, "_count", labels, {}, count);
}

}  // namespace

std::size_t Histogram::bucket_of(std::uint64_t value) {
  constexpr std::uint64_t kLinear = 1U << kSubBits;
  if (value < kLinear) return value;
  const auto exponent = static_cast<unsigned>(std::bit_width(value)) - 1;  // value is in [2^exponent, 2^(exponent + 1))
  const std::uint64_t sub = (value >> (exponent - kSubBits)) - kLinear;
  return ((exponent - kSubBits + 1) << kSubBits) + sub;
}

std::uint64_t Histogram::upper_bound(std::size_t bucket) {
  constexpr std::uint64_t kLinear = 1U << kSubBits;
  if (bucket < kLinear) return bucket;
  const std::size_t shift = (bucket >> kSubBits) - 1;
  const std::uint64_t lower = (kLinear + (bucket & (kLinear - 1))) << shift;
  return lower + ((std::uint64_t{1} << shift) - 1);
}

std::uint64_t Histogram::count() const {
  std::uint64_t total = 0;
  for (const auto& bucket : buckets_) total += bucket.load(std::memory_order_relaxed);
  return total;
}

std::uint64_t Histogram::count_below_power(unsigned log2) const {
  const std::size_t end = bucket_of(std::uint64_t{1} << log2);
  std::uint64_t total = 0;
  for (std::size_t i = 0; i < end; ++i) total += buckets_[i].load(std::memory_order_relaxed);
  return total;
}

std::uint64_t Histogram::quantile(double share) const {
  const std::uint64_t total = count();
  if (total == 0) return 0;
  const auto rank = static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(total)));
  std::uint64_t seen = 0;
  std::size_t last = 0;
  for (std::size_t i = 0; i < buckets_.size(); ++i) {
    const std::uint64_t here = buckets_[i].load(std::memory_order_relaxed);
    if (here == 0) continue;
    seen += here;
    last = i;
    if (seen >= rank) break;
  }
  return upper_bound(last);
}

MetricsRegistry::Series& MetricsRegistry::series_of(std::string_view name, std::string_view help, Kind kind, Labels labels) {
  PVC_CHECK(is_name(name) && name.starts_with("provchain_"));
  PVC_CHECK((kind == Kind::counter) == name.ends_with("_total"));
  std::string label_text;
  for (const Label& label : labels) {
    PVC_CHECK(is_name(label.name));
    if (!label_text.empty()) label_text += ',';
    label_text += label.name;
    label_text += "=\"";
    append_escaped(label_text, label.value, true);
    label_text += '"';
  }
  auto family = families_.find(name);
  if (family == families_.end()) family = families_.emplace(std::string(name), Family{kind, std::string(help), {}}).first;
  PVC_CHECK(family->second.kind == kind);
  return family->second.series[label_text];
}

Counter& MetricsRegistry::counter(std::string_view name, std::string_view help, Labels labels) {
  const std::lock_guard lock(mutex_);
  Series& series = series_of(name, help, Kind::counter, labels);
  if (!series.counter) series.counter = std::make_unique<Counter>();
  return *series.counter;
}

Gauge& MetricsRegistry::gauge(std::string_view name, std::string_view help, Labels labels) {
  const std::lock_guard lock(mutex_);
  Series& series = series_of(name, help, Kind::gauge, labels);
  if (!series.gauge) series.gauge = std::make_unique<Gauge>();
  return *series.gauge;
}

Histogram& MetricsRegistry::histogram(std::string_view name, std::string_view help, HistogramUnit unit, Labels labels) {
  const std::lock_guard lock(mutex_);
  Series& series = series_of(name, help, Kind::histogram, labels);
  if (!series.histogram) series.histogram = std::make_unique<Histogram>(unit);
  return *series.histogram;
}

void MetricsRegistry::write_family(std::string& out, const std::string& name, const Family& family) {
  out += "# HELP " + name + ' ';
  append_escaped(out, family.help, false);
  out += "\n# TYPE " + name + ' ';
  switch (family.kind) {
    case Kind::counter:
      out += "counter\n";
      for (const auto& [labels, series] : family.series) append_line(out, name, {}, labels, {}, series.counter->value());
      break;
    case Kind::gauge:
      out += "gauge\n";
      for (const auto& [labels, series] : family.series) append_line(out, name, {}, labels, {}, series.gauge->value());
      break;
    case Kind::histogram:
      out += "histogram\n";
      for (const auto& [labels, series] : family.series) append_histogram(out, name, labels, *series.histogram);
      break;
  }
}

std::string MetricsRegistry::text() const {
  const std::lock_guard lock(mutex_);
  std::string out;
  for (const auto& [name, family] : families_) write_family(out, name, family);
  return out;
}

}  // namespace provchain
