#include "control/cli_words.h"

namespace cfgproxy::control {

constexpr std::size_t kMaxWords = 64;

std::size_t find_end_of_command(std::string_view input, bool in_payload) {
    if (in_payload) return input.find('\n');
    for (std::size_t i = 0; i < input.size(); ++i) {
        if (input[i] == '\\')
            ++i;
        else if (input[i] == '\n' || input[i] == ';')
            return i;
    }
    return std::string_view::npos;
}

std::vector<std::string_view> split_words(std::string_view line, std::string& storage) {
    std::vector<std::pair<std::size_t, std::size_t>> places;
    storage.clear();
    const auto blank = [](char c) { return c == ' ' || c == '\t'; };
    std::size_t at = 0;
    while (places.size() < kMaxWords) {
        while (at < line.size() && blank(line[at])) ++at;
        if (at == line.size()) break;
        const std::size_t start = storage.size();
        for (; at < line.size() && !blank(line[at]); ++at) {
            if (line[at] == '\\' && ++at == line.size()) break;
            storage += line[at];
        }
        places.emplace_back(start, storage.size() - start);
    }
    std::vector<std::string_view> words;
    for (auto [start, size] : places) words.push_back(std::string_view(storage).substr(start, size));
    return words;
}

bool asks_for_payload(std::string_view line) { return line.size() >= 2 && line.substr(line.size() - 2) == "<<"; }

}  // namespace cfgproxy::control
