#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <algorithm>

#include "sample/pattern.h"

namespace cfgproxy::sample {
namespace {

constexpr std::uint32_t kMaxPairs = 10;

/// What a thread needs to match: made at its first match, freed when it ends.
struct Scratch {
    pcre2_match_data* data = pcre2_match_data_create(kMaxPairs, nullptr);
    pcre2_match_context* context = pcre2_match_context_create(nullptr);
    pcre2_jit_stack* stack = pcre2_jit_stack_create(32 * 1024, 512 * 1024, nullptr);
    Scratch() { pcre2_jit_stack_assign(context, nullptr, stack); }
    ~Scratch() {
        pcre2_jit_stack_free(stack);
        pcre2_match_context_free(context);
        pcre2_match_data_free(data);
    }
};

Scratch& scratch() {
    thread_local Scratch of_thread;
    return of_thread;
}

int execute(void* code, bool compiled, std::string_view subject, std::size_t from, std::uint32_t options) {
    auto* text = reinterpret_cast<PCRE2_SPTR>(subject.data() ? subject.data() : "");
    auto* regex = static_cast<pcre2_code*>(code);
    Scratch& s = scratch();
    return compiled ? pcre2_jit_match(regex, text, subject.size(), from, options, s.data, s.context)
                    : pcre2_match(regex, text, subject.size(), from, options, s.data, s.context);
}

}  // namespace

base::Result<std::shared_ptr<const Regex>> Regex::compile(std::string_view pattern, bool ignore_case) {
    int error = 0;
    std::size_t at = 0;
    auto* code = pcre2_compile(reinterpret_cast<PCRE2_SPTR>(pattern.data()), pattern.size(),
                               ignore_case ? PCRE2_CASELESS : 0, &error, &at, nullptr);
    if (!code) {
        char text[256] = {};
        pcre2_get_error_message(error, reinterpret_cast<PCRE2_UCHAR*>(text), sizeof text);
        return base::Error{"regex '" + std::string(pattern) + "' is invalid (error=" + text +
                           ", erroffset=" + std::to_string(at) + ")"};
    }
    std::shared_ptr<Regex> regex(new Regex);
    regex->code_ = code;
    regex->compiled_ = pcre2_jit_compile(code, PCRE2_JIT_COMPLETE) == 0;
    return std::shared_ptr<const Regex>(std::move(regex));
}

Regex::~Regex() { pcre2_code_free(static_cast<pcre2_code*>(code_)); }

bool Regex::matches(std::string_view subject) const { return execute(code_, compiled_, subject, 0, 0) >= 0; }

int Regex::match(std::string_view subject, std::size_t from, std::size_t* offsets, int max, bool continued) const {
    int found = execute(code_, compiled_, subject, from, continued ? PCRE2_NOTBOL : 0);
    if (found < 0) return 0;
    const int pairs = found == 0 ? static_cast<int>(kMaxPairs) : found;
    const auto* vector = pcre2_get_ovector_pointer(scratch().data);
    const int give = std::min(pairs, max);
    std::copy(vector, vector + 2 * give, offsets);
    return give;
}

}  // namespace cfgproxy::sample
