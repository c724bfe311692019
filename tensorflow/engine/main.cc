// Runs SavedModels for another process, which speaks to it over sockets that it inherits: 3, 4, ... On each of them one
// thread takes a request, does it, and answers; so there can be as many runs at once as there are sockets. What is asked
// on the first few of them gives way to the others. When the other process ends, so does this one.

#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "../fused/optimizer.h"
#include "../graph/profile.h"
#include "beat.h"
#include "calm.h"
#include "channel.h"
#include "models.h"
#include "priority.h"
#include "threads.h"
#include "turn.h"
#include "values.h"

#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace ingot {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kFirstDescriptor = 3;
// More than any request that is not broken has.
constexpr uint32_t kMostMeta = 64 << 20;

// Numbers of requests; tensorflow/src/engine/requests.ts has the same.
enum Operation : uint32_t { kLoad = 1, kUnload = 2, kPrepare = 3, kRun = 4, kDevices = 5, kRecord = 6, kCollect = 7, kGiveUp = 8, kMemory = 9 };

struct Answer {
  Failure failure;
  MetaWriter meta;
  std::vector<TensorPtr> tensors;
  std::vector<std::string> strings;
  std::vector<Channel::Part> parts;
};

// What is allocated and not freed: models, and what runs hold right now. What the C library keeps for the next run is not in it,
// and comes and goes; 0 where nobody can tell.
uint64_t AllocatedBytes() {
#if defined(__GLIBC__) && __GLIBC_PREREQ(2, 33)
  const struct mallinfo2 info = mallinfo2();
  return static_cast<uint64_t>(info.uordblks) + info.hblkhd;
#else
  return 0;
#endif
}

Failure Gone() { return {TF_FAILED_PRECONDITION, "the model was unloaded"}; }

class Server {
 public:
  explicit Server(size_t channels) : turns_(channels) {}

  // Until the other end is closed. `number`: which of the channels, from 0.
  void Serve(Channel* channel, size_t number) {
    while (One(channel, &turns_[number])) continue;
  }

  const std::atomic<uint64_t>& runs() const { return runs_; }

 private:
  bool One(Channel* channel, Turn* turn) {
    Channel::Head head;
    if (!channel->Read(&head, sizeof(head)) || head.meta_bytes > kMostMeta) return false;
    const int32_t* given_up = turn->Begin();
    std::optional<Beat> beat;
    if (GivesWay()) beat.emplace();
    std::string bytes(head.meta_bytes, '\0');
    if (!channel->Read(bytes.data(), bytes.size())) return false;
    MetaReader meta(bytes);
    Answer answer;
    if (head.number == kRun) {
      if (!Run(channel, head, given_up, &meta, &answer)) return false;
    } else {
      if (!channel->Skip(head.data_bytes)) return false;
      Control(head.number, &meta, &answer);
    }
    if (!answer.failure.ok()) {
      MetaWriter message;
      message.Bytes(answer.failure.message);
      return channel->Write(answer.failure.code, message.Done(), {});
    }
    return channel->Write(TF_OK, answer.meta.Done(), answer.parts);
  }

  void Control(uint32_t operation, MetaReader* meta, Answer* answer) {
    switch (operation) {
      case kLoad:
        return Load(meta, answer);
      case kUnload:
        return models_.Remove(meta->Number<uint32_t>());
      case kPrepare:
        return Prepare(meta, answer);
      case kDevices:
        return Devices(meta, answer);
      case kRecord:
        return Record(meta, answer);
      case kCollect:
        return Collect(answer);
      case kGiveUp:
        return GiveUp(meta);
      case kMemory:
        return answer->meta.Number(AllocatedBytes());
      default:
        answer->failure = {TF_UNIMPLEMENTED, "the engine knows no request " + std::to_string(operation)};
    }
  }

  // number, folder, config, tags => signatures
  void Load(MetaReader* meta, Answer* answer) {
    const auto number = meta->Number<uint32_t>();
    const std::string folder = meta->Text();
    const std::string config = meta->Text();
    const std::vector<std::string> tags = meta->Texts();
    auto graph = std::make_shared<Graph>();
    std::string signatures;
    answer->failure = graph->LoadSavedModel(folder, tags, config, &signatures);
    if (!answer->failure.ok()) {
      graph.reset();
      return ReturnFreedMemory();
    }
    models_.Add(number, std::move(graph));
    answer->meta.Bytes(signatures);
  }

  // model, number, feeds, fetches => the dtypes of the feeds
  void Prepare(MetaReader* meta, Answer* answer) {
    const std::shared_ptr<Model> model = models_.Find(meta->Number<uint32_t>());
    if (model == nullptr) return void(answer->failure = Gone());
    const auto number = meta->Number<uint32_t>();
    const std::vector<std::string> feeds = meta->Texts();
    const std::vector<std::string> fetches = meta->Texts();
    auto plan = std::make_shared<Plan>();
    answer->failure = Plan::Find(model->graph().graph(), feeds, fetches, {}, {}, plan.get());
    if (!answer->failure.ok()) return;
    answer->meta.Number(static_cast<uint32_t>(plan->feeds.size()));
    for (const TF_Output& feed : plan->feeds) answer->meta.Number(static_cast<int32_t>(TF_OperationOutputType(feed)));
    model->Add(number, std::move(plan));
  }

  // model, plan, milliseconds until the deadline (0 for none), tensors => tensors
  bool Run(Channel* channel, const Channel::Head& head, const int32_t* given_up, MetaReader* meta, Answer* answer) {
    runs_.fetch_add(1, std::memory_order_relaxed);
    const std::shared_ptr<Model> model = models_.Find(meta->Number<uint32_t>());
    const std::shared_ptr<Plan> plan = model == nullptr ? nullptr : model->Find(meta->Number<uint32_t>());
    if (plan == nullptr) {
      answer->failure = Gone();
      return channel->Skip(head.data_bytes);
    }
    const auto left_ms = meta->Number<double>();
    Limits limits;
    limits.cancelled = given_up;
    if (left_ms > 0) limits.deadline = Clock::now() + std::chrono::microseconds(static_cast<int64_t>(left_ms * 1000));
    std::vector<TensorPtr> feeds;
    if (!ReadTensors(channel, meta, head.data_bytes, &feeds, &answer->failure)) return false;
    if (!answer->failure.ok()) return true;
    if (feeds.size() != plan->feeds.size()) {
      answer->failure = {TF_INTERNAL, "the engine was sent a run with too many or too few inputs"};
      return true;
    }
    answer->failure = RunPlan(model->graph(), *plan, feeds, Threads::kCaller, limits, &answer->tensors);
    if (!answer->failure.ok()) return true;
    answer->failure = DescribeTensors(answer->tensors, &answer->meta, &answer->strings, &answer->parts);
    return true;
  }

  // channel, which of its requests =>
  void GiveUp(MetaReader* meta) {
    const auto channel = meta->Number<uint32_t>();
    const auto number = meta->Number<uint32_t>();
    if (meta->ok() && channel < turns_.size()) turns_[channel].GiveUp(number);
  }

  // config => name and type of each device
  void Devices(MetaReader* meta, Answer* answer) {
    Graph graph;
    answer->failure = graph.LoadGraphDef("", 0, meta->Text());
    if (!answer->failure.ok()) return;
    Status status;
    TF_DeviceList* list = TF_SessionListDevices(graph.session(), status.get());
    answer->failure = status.failure();
    if (!answer->failure.ok()) return;
    const int count = TF_DeviceListCount(list);
    answer->meta.Number(static_cast<uint32_t>(count));
    for (int i = 0; i < count; ++i) {
      answer->meta.Bytes(TF_DeviceListName(list, i, status.get()));
      answer->meta.Bytes(TF_DeviceListType(list, i, status.get()));
    }
    TF_DeleteDeviceList(list);
  }

  // options =>
  void Record(MetaReader* meta, Answer* answer) {
    auto profile = std::make_unique<Profile>();
    answer->failure = profile->Begin(meta->Text());
    if (!answer->failure.ok()) return;
    std::lock_guard<std::mutex> lock(profile_mutex_);
    profile_ = std::move(profile);
  }

  // => profile
  void Collect(Answer* answer) {
    std::unique_ptr<Profile> profile;
    {
      std::lock_guard<std::mutex> lock(profile_mutex_);
      profile = std::move(profile_);
    }
    std::string space;
    answer->failure = profile == nullptr ? Failure{TF_FAILED_PRECONDITION, "No profile is being recorded"}
                                         : profile->Collect(&space);
    if (answer->failure.ok()) answer->meta.Bytes(space);
  }

  std::vector<Turn> turns_;
  std::atomic<uint64_t> runs_{0};
  Models models_;
  std::mutex profile_mutex_;
  std::unique_ptr<Profile> profile_;
};

// Where memory runs out, the system ends this process rather than the one that holds the clients' connections.
void OfferItself() {
#ifdef __linux__
  if (std::FILE* file = std::fopen("/proc/self/oom_score_adj", "w")) {
    std::fputs("500", file);
    std::fclose(file);
  }
#endif
}

// A terminal and a service manager signal all processes of a group. The other process answers what is due before it ends.
void EndWithTheOther() {
  for (const int number : {SIGHUP, SIGINT, SIGTERM}) std::signal(number, SIG_IGN);
}

}  // namespace
}  // namespace ingot

int main(int count, char** arguments) {
  const int channels = count == 3 ? std::atoi(arguments[1]) : 0;
  const int background = count == 3 ? std::atoi(arguments[2]) : 0;
  if (channels < 1) {
    std::fputs("usage: ingot-engine CHANNELS BACKGROUND, with CHANNELS sockets open as 3, 4, ...\n", stderr);
    return 2;
  }
  ingot::EndWithTheOther();
  ingot::OfferItself();
  ingot::KeepFreedMemory();
  ingot::StopBetweenOps();
  ingot::RegisterFusion();
  static ingot::Server server(channels);
  for (int i = 0; i < channels; ++i) {
    std::thread([i, answers = i >= background] {
      if (answers) {
        ingot::AnswerPromptly();
      } else {
        ingot::GiveWay();
      }
      ingot::Channel channel(ingot::kFirstDescriptor + i);
      server.Serve(&channel, i);
      // Without the process at the other end nobody needs what still runs here.
      _exit(0);
    }).detach();
  }
  std::thread([] {
    ingot::AnswerPromptly();
    ingot::KeepBeat();
  }).detach();
  std::thread([] { ingot::ReturnMemoryWhenCalm(server.runs()); }).detach();
  ingot::MakeThreadsForOthers();
}
