// SPDX-License-Identifier: Apache-2.0
// A child process whose standard output is read here and whose standard error goes to a file.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

namespace provchain::cli {

class Process {
 public:
  // Fails with Exit::usage when the program cannot be started.
  Process(const std::vector<std::string>& command, const std::string& log_file);
  ~Process();  // kills what still runs
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  [[nodiscard]] pid_t pid() const { return pid_; }
  // The next line of its output, at most `timeout_ms` away; absent at its end or after the timeout.
  std::optional<std::string> read_line(int timeout_ms);
  void signal(int number) const;
  // Its exit status (128 + signal when killed); absent while it runs.
  std::optional<int> poll_exit();

 private:
  pid_t pid_ = -1;
  int out_ = -1;
  std::string buffer_;
  std::optional<int> exit_;
};

}  // namespace provchain::cli
