#include "ignore_broken_pipes.hpp"

#include <csignal>

namespace custodialbridge::cache {

void ignore_broken_pipes() {
    struct sigaction held {};
    if (sigaction(SIGPIPE, nullptr, &held) == 0 && held.sa_handler == SIG_DFL)
        std::signal(SIGPIPE, SIG_IGN);
}

}  // namespace custodialbridge::cache
