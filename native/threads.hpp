// Our own threads: started once, asleep while nobody trains, spinning briefly between the
// phases of a step.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace clearprop {

// Workers take tasks from a common counter, and a phase ends when its tasks are done: a
// worker that the system has put aside holds up nobody unless it is inside a task.
class Team {
   public:
    explicit Team(int workers);
    ~Team();
    Team(const Team&) = delete;
    Team& operator=(const Team&) = delete;

    int workers() const { return static_cast<int>(threads_.size()) + 1; }

    // Calls work(task, worker) for each task from 0 to n - 1, the caller being worker 0, and
    // returns when all are done. At most 2^20 - 1 tasks.
    template <class F>
    void run(std::size_t n, F&& work) {
        if (threads_.empty() || n <= 1) {
            for (std::size_t task = 0; task < n; ++task) work(task, 0);
            return;
        }
        phase([](void* f, std::size_t task, int worker) { (*static_cast<F*>(f))(task, worker); },
              &work, n);
    }

    // Leaves one call of work() to another worker, if there is one, until `settle`. In between
    // nothing else may be run. `work` must live until then.
    template <class F>
    void leave(F& work) {
        if (threads_.empty()) return work();
        publish([](void* f, std::size_t, int) { (*static_cast<F*>(f))(); }, &work, 1);
    }
    void settle();
    // The same without waiting; false: it has been begun and is not done yet.
    bool settled();

   private:
    void publish(void (*call)(void*, std::size_t, int), void* data, std::size_t n);
    void phase(void (*call)(void*, std::size_t, int), void* data, std::size_t n);
    bool take(int worker);
    void serve(int worker);

    std::vector<std::thread> threads_;
    void (*call_)(void*, std::size_t, int) = nullptr;
    void* data_ = nullptr;
    // The phase's number, how many tasks it has, and the next of them, in one word.
    std::size_t tasks_ = 0;
    alignas(64) std::atomic<std::uint64_t> turn_{0};
    alignas(64) std::atomic<std::size_t> done_{0};
    std::atomic<std::uint32_t> ticket_{0};  // what sleeping workers watch
    std::atomic<bool> stop_{false};
};

int threads();           // how many a run may use
void set_threads(int n);  // at least 1

// The team that all runs share, while one of them holds it; a second run at the same time
// works alone, which changes nothing in its results.
class Lease {
   public:
    explicit Lease(int wanted);
    Team& team() { return *team_; }

   private:
    std::unique_lock<std::mutex> lock_;
    std::unique_ptr<Team> alone_;
    Team* team_;
};

}  // namespace clearprop
