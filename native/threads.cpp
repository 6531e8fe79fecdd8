#include "threads.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>

#if defined(__linux__)
#include <sched.h>
#endif
#if defined(__unix__) || defined(__APPLE__)
#include <pthread.h>
#define CP_FORKS 1
#endif
#if defined(__x86_64__) || defined(_M_X64)
#include <immintrin.h>
#endif

namespace clearprop {
namespace {

constexpr int most_threads = 256;
constexpr int spins = 4000;  // some 50 microseconds, then sleep
constexpr int field = 20;    // bits of a task's number
constexpr std::uint64_t mask = (1 << field) - 1;

void pause() {
#if defined(__x86_64__) || defined(_M_X64)
    _mm_pause();
#elif defined(__aarch64__)
    asm volatile("yield");
#endif
}

int available() {
#if defined(__linux__)
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof(set), &set) == 0) return std::max(1, CPU_COUNT(&set));
#endif
    return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

int asked_by(const char* variable) {
    const char* text = std::getenv(variable);
    return text ? std::atoi(text) : 0;
}

// joblib and Dask tell their workers by OMP_NUM_THREADS what share of the machine is theirs.
int first_setting() {
    if (const int asked = asked_by("CLEARPROP_THREADS"); asked > 0)
        return std::min(asked, most_threads);
    const int most = std::min(available(), 16), share = asked_by("OMP_NUM_THREADS");
    return share > 0 ? std::min(share, most) : most;
}

std::atomic<int>& setting() {
    static std::atomic<int> value{first_setting()};
    return value;
}

struct Shared {
    std::mutex mutex;
    std::unique_ptr<Team> team;
};

Shared* shared() {
    static std::atomic<Shared*> value{nullptr};
    Shared* found = value.load();
    if (!found) {
        auto* made = new Shared;  // never destroyed: threads may outlive static destructors
        if (value.compare_exchange_strong(found, made)) {
            found = made;
#if CP_FORKS
            // A child process has no threads but its own: it starts afresh.
            static std::atomic<Shared*>* place = &value;
            pthread_atfork(nullptr, nullptr, [] { place->store(nullptr); });
#endif
        } else {
            delete made;
        }
    }
    return found;
}

}  // namespace

int threads() { return setting().load(); }

void set_threads(int n) { setting().store(std::clamp(n, 1, most_threads)); }

Team::Team(int workers) {
    for (int i = 1; i < workers; ++i) threads_.emplace_back([this, i] { serve(i); });
}

Team::~Team() {
    stop_.store(true);
    ticket_.fetch_add(1);
    ticket_.notify_all();
    for (std::thread& thread : threads_) thread.join();
}

void Team::phase(void (*call)(void*, std::size_t, int), void* data, std::size_t n) {
    publish(call, data, n);
    settle();
}

void Team::publish(void (*call)(void*, std::size_t, int), void* data, std::size_t n) {
    call_ = call;
    data_ = data;
    tasks_ = n;
    done_.store(0, std::memory_order_relaxed);
    const std::uint64_t number = (turn_.load(std::memory_order_relaxed) >> (2 * field)) + 1;
    turn_.store(number << (2 * field) | static_cast<std::uint64_t>(n) << field);
    ticket_.fetch_add(1);
    ticket_.notify_all();
}

// Helps with what is left, and waits for what others have begun.
void Team::settle() {
    while (take(0)) {
    }
    for (int spin = 0; done_.load(std::memory_order_acquire) != tasks_; ++spin)
        spin < spins ? pause() : std::this_thread::yield();
}

bool Team::settled() {
    while (take(0)) {
    }
    return done_.load(std::memory_order_acquire) == tasks_;
}

// Does the next task, if there is one. Until it is done the phase cannot end, so what the
// phase is about stays as it was when the task was taken.
bool Team::take(int worker) {
    const auto left = [](std::uint64_t word) { return (word & mask) < (word >> field & mask); };
    if (!left(turn_.load(std::memory_order_relaxed))) return false;
    const std::uint64_t mine = turn_.fetch_add(1, std::memory_order_acq_rel);
    if (!left(mine)) return false;
    call_(data_, static_cast<std::size_t>(mine & mask), worker);
    done_.fetch_add(1, std::memory_order_release);
    return true;
}

void Team::serve(int worker) {
    std::uint32_t seen = ticket_.load();
    for (int spin = 0; !stop_.load(std::memory_order_relaxed);) {
        if (take(worker)) {
            spin = 0;
        } else if (spin++ < spins) {
            pause();
        } else {
            ticket_.wait(seen);
            seen = ticket_.load();
            spin = 0;
        }
    }
}

Lease::Lease(int wanted) : team_(nullptr) {
    Shared* home = shared();
    if (wanted > 1) lock_ = std::unique_lock(home->mutex, std::try_to_lock);
    if (lock_.owns_lock()) {
        if (!home->team || home->team->workers() != wanted)
            home->team = std::make_unique<Team>(wanted);
        team_ = home->team.get();
    } else {
        alone_ = std::make_unique<Team>(1);
        team_ = alone_.get();
    }
}

}  // namespace clearprop
