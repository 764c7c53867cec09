// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstring>

#include "tools/cli/outcome.hpp"

namespace provchain::cli {

Process::Process(const std::vector<std::string>& command, const std::string& log_file) {
  int pipe_fds[2];
  if (pipe2(pipe_fds, O_CLOEXEC) != 0) fail(Exit::usage, std::string("a pipe cannot be made: ") + std::strerror(errno));
  std::vector<char*> arguments;
  arguments.reserve(command.size() + 1);
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  pid_ = fork();
  if (pid_ < 0) fail(Exit::usage, std::string("a process cannot be made: ") + std::strerror(errno));
  if (pid_ == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);  // a network of a broken-off tool must not go on unseen
    setpgid(0, 0);                     // Ctrl-C reaches the tool alone, which then stops the nodes in order
    const int log = open(log_file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    dup2(pipe_fds[1], STDOUT_FILENO);
    if (log >= 0) dup2(log, STDERR_FILENO);
    execv(arguments[0], arguments.data());
    _exit(127);
  }
  close(pipe_fds[1]);
  out_ = pipe_fds[0];
}

Process::~Process() {
  if (!poll_exit()) {
    signal(SIGKILL);
    int status = 0;
    waitpid(pid_, &status, 0);
  }
  close(out_);
}

std::optional<std::string> Process::read_line(int timeout_ms) {
  for (;;) {
    if (const std::size_t end = buffer_.find('\n'); end != std::string::npos) {
      std::string line = buffer_.substr(0, end);
      buffer_.erase(0, end + 1);
      return line;
    }
    pollfd waiting{out_, POLLIN, 0};
    if (poll(&waiting, 1, timeout_ms) <= 0) return std::nullopt;
    char chunk[512];
    const ssize_t count = read(out_, chunk, sizeof chunk);
    if (count <= 0) return std::nullopt;
    buffer_.append(chunk, static_cast<std::size_t>(count));
  }
}

void Process::signal(int number) const {
  if (!exit_) kill(pid_, number);
}

std::optional<int> Process::poll_exit() {
  if (exit_) return exit_;
  int status = 0;
  if (waitpid(pid_, &status, WNOHANG) != pid_) return std::nullopt;
  exit_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return exit_;
}

}  // namespace provchain::cli
