// Floats out of JSON text, for a server that reads millions of them a second. It needs neither TensorFlow nor the other
// addon: a process that only speaks to clients loads this and nothing else.

#include <node_api.h>

#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <system_error>

namespace {

// tensorflow/src/numbers/index.ts has the same.
constexpr int32_t kNotPlain = -1;
constexpr int32_t kFull = -2;
constexpr int kMaxRank = 32;

// What is known between two calls, as 32-bit integers in memory of the caller's.
struct State {
  int32_t count;    // values that were read
  int32_t rank;     // -1 until the first value
  int32_t resumed;  // 1 when the call before found no room: it goes on at `at`
  int32_t at;
  int32_t depth;
  int32_t sizes[kMaxRank];   // of each axis, -1 until known
  int32_t counts[kMaxRank];  // of each list that is open
};

constexpr double kPowers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                              1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
// Up to here every integer is a double of its own.
constexpr uint64_t kExact = 1ULL << 53;
// Digits that fit 64 bits whatever they are.
constexpr int kDigits = 19;

inline bool IsDigit(char byte) { return static_cast<unsigned char>(byte - '0') <= 9; }
inline bool IsSpace(char byte) { return byte == ' ' || byte == '\n' || byte == '\r' || byte == '\t'; }

constexpr uint64_t kTens[] = {1, 10, 100, 1000, 10000, 100000, 1000000, 10000000};

// The number of eight decimal digits, each in a byte of its own, the first in the lowest. (Lemire, Number Parsing at a Gigabyte
// per Second, 2021, https://arxiv.org/abs/2101.11408)
inline uint64_t EightDigits(uint64_t digits) {
  constexpr uint64_t mask = 0x000000FF000000FF;
  digits = digits * 10 + (digits >> 8);
  return ((digits & mask) * 0x000F424000000064 + ((digits >> 16) & mask) * 0x0000271000000001) >> 32;
}

// A number without its sign, however it is spelled; NaN when no double holds it. What is too small for one is rare enough to be
// left to others, too.
double General(const char* first, const char* last) {
  double value;
  const auto [stop, error] = std::from_chars(first, last, value);
  return stop == last && error == std::errc() ? value : std::nan("");
}

// Its address is never taken: so it lies in registers.
struct Reader {
  const char* at;
  const char* const end;

  // A byte that is in no number and no list where the text has ended.
  char Peek() const { return at < end ? *at : '\0'; }
  void SkipSpace() {
    while (at < end && IsSpace(*at)) ++at;
  }

  // Appends the digits that come next: eight at a time, however many they are, so that their number is nothing to be guessed.
  uint64_t Digits(uint64_t mantissa) {
    while (end - at >= 8) {
      uint64_t digits;
      std::memcpy(&digits, at, 8);
      digits ^= 0x3030303030303030;
      const uint64_t others = ((digits + 0x0606060606060606) | digits) & 0xF0F0F0F0F0F0F0F0;
      if (others == 0) {
        mantissa = mantissa * 100000000 + EightDigits(digits);
        at += 8;
        continue;
      }
      const int count = __builtin_ctzll(others) >> 3;
      if (count == 0) return mantissa;
      mantissa = mantissa * kTens[count] + EightDigits(digits << (64 - 8 * count));
      at += count;
      return mantissa;
    }
    while (at < end && IsDigit(*at)) mantissa = mantissa * 10 + static_cast<uint64_t>(*at++ - '0');
    return mantissa;
  }

  // Reads one number as JSON spells them, correctly rounded to a double. NaN for anything else.
  double Number() {
    const bool negative = Peek() == '-';
    if (negative) ++at;
    const char* const first = at;
    uint64_t mantissa = 0;
    // Few, and as many as in the number before: one by one is faster than by eights.
    while (at < end && IsDigit(*at)) mantissa = mantissa * 10 + static_cast<uint64_t>(*at++ - '0');
    const int64_t whole = at - first;
    if (whole == 0 || (whole > 1 && *first == '0')) return std::nan("");
    int64_t digits = whole;
    int64_t exponent = 0;
    bool integer = true;
    if (Peek() == '.') {
      integer = false;
      const char* const fraction = ++at;
      mantissa = Digits(mantissa);
      const int64_t places = at - fraction;
      if (places == 0) return std::nan("");
      digits += places;
      exponent = -places;
    }
    if ((Peek() | 0x20) == 'e') {
      integer = false;
      ++at;
      const bool down = Peek() == '-';
      if (down || Peek() == '+') ++at;
      const char* const power = at;
      int64_t size = 0;
      while (at < end && IsDigit(*at) && at - power < 4) size = size * 10 + (*at++ - '0');
      if (at == power || IsDigit(Peek())) return std::nan("");
      exponent += down ? -size : size;
    }
    double value;
    if (digits <= kDigits && mantissa <= kExact && exponent >= -22 && exponent <= 22) {
      // One rounding of two exact numbers.
      const auto exact = static_cast<double>(mantissa);
      value = exponent < 0 ? exact / kPowers[-exponent] : exact * kPowers[exponent];
    } else {
      value = General(first, at);
    }
    // An integer has no negative zero.
    return negative && !(integer && value == 0) ? -value : value;
  }
};

template <typename T>
int32_t Scan(const char* bytes, int32_t size, int32_t start, T* data, int32_t room, State* state) {
  Reader reader{bytes + start, bytes + size};
  int32_t count = state->count;
  int32_t rank = state->rank;
  int32_t depth = 0;
  bool resumed = state->resumed == 1;
  if (resumed) {
    reader.at = bytes + state->at;
    depth = state->depth;
    state->resumed = 0;
  }
  int32_t* const sizes = state->sizes;
  int32_t* const counts = state->counts;
  for (;;) {
    if (!resumed) {
      while (reader.Peek() == '[') {
        if (depth == (rank < 0 ? kMaxRank : rank)) return kNotPlain;
        counts[depth++] = 0;
        ++reader.at;
        reader.SkipSpace();
      }
      if (rank < 0) rank = depth;
      if (depth != rank) return kNotPlain;
    }
    resumed = false;
    if (count == room) {
      state->count = count;
      state->rank = rank;
      state->resumed = 1;
      state->at = static_cast<int32_t>(reader.at - bytes);
      state->depth = depth;
      return kFull;
    }
    const double value = reader.Number();
    if (!std::isfinite(value)) return kNotPlain;
    data[count++] = static_cast<T>(value);
    for (;;) {
      if (depth == 0) {
        state->count = count;
        state->rank = rank;
        return static_cast<int32_t>(reader.at - bytes);
      }
      reader.SkipSpace();
      const int32_t seen = ++counts[depth - 1];
      const char byte = reader.Peek();
      ++reader.at;
      if (byte == ',') {
        reader.SkipSpace();
        break;
      }
      if (byte != ']') return kNotPlain;
      --depth;
      if (sizes[depth] < 0) {
        sizes[depth] = seen;
      } else if (sizes[depth] != seen) {
        return kNotPlain;
      }
    }
  }
}

struct View {
  napi_typedarray_type type;
  size_t length;
  void* data;
};

bool ViewOf(napi_env env, napi_value value, View* view) {
  return napi_get_typedarray_info(env, value, &view->type, &view->length, &view->data, nullptr, nullptr) == napi_ok;
}

// bytes, start, values, state => where it ended, kNotPlain or kFull
napi_value ScanFloats(napi_env env, napi_callback_info info) {
  size_t count = 4;
  napi_value arguments[4];
  View bytes, values, state;
  int32_t start;
  if (napi_get_cb_info(env, info, &count, arguments, nullptr, nullptr) != napi_ok || count != 4 ||
      !ViewOf(env, arguments[0], &bytes) || napi_get_value_int32(env, arguments[1], &start) != napi_ok ||
      !ViewOf(env, arguments[2], &values) || !ViewOf(env, arguments[3], &state) || bytes.type != napi_uint8_array ||
      bytes.length > INT32_MAX || start < 0 || static_cast<size_t>(start) > bytes.length || state.type != napi_int32_array ||
      state.length * sizeof(int32_t) != sizeof(State) || values.length > INT32_MAX ||
      (values.type != napi_float32_array && values.type != napi_float64_array)) {
    napi_throw_type_error(env, nullptr, "scanFloats takes bytes, where to start, floats and its state");
    return nullptr;
  }
  const auto* text = static_cast<const char*>(bytes.data);
  const auto size = static_cast<int32_t>(bytes.length);
  const auto room = static_cast<int32_t>(values.length);
  auto* known = static_cast<State*>(state.data);
  const int32_t end = values.type == napi_float32_array
                          ? Scan(text, size, start, static_cast<float*>(values.data), room, known)
                          : Scan(text, size, start, static_cast<double*>(values.data), room, known);
  napi_value result;
  return napi_create_int32(env, end, &result) == napi_ok ? result : nullptr;
}

}  // namespace

NAPI_MODULE_INIT() {
  napi_value scan;
  if (napi_create_function(env, "scanFloats", NAPI_AUTO_LENGTH, ScanFloats, nullptr, &scan) != napi_ok ||
      napi_set_named_property(env, exports, "scanFloats", scan) != napi_ok) {
    return nullptr;
  }
  return exports;
}
