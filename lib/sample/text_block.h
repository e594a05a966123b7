#pragma once
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

namespace cfgproxy::sample {

/// Many texts, side by side in one piece of memory: what they cost beside their bytes is a view each.
class TextBlock {
  public:
    /// Copies `texts` by `copy(text, to)`, which writes as many bytes as the text has. The views live as long as this.
    template <class Copy>
    std::vector<std::string_view> make(const std::vector<std::string_view>& texts, Copy copy) {
        std::size_t size = 0;
        for (auto text : texts) size += text.size();
        bytes_ = std::make_unique_for_overwrite<char[]>(size);
        std::vector<std::string_view> views;
        views.reserve(texts.size());
        char* to = bytes_.get();
        for (auto text : texts) {
            copy(text, to);
            views.emplace_back(to, text.size());
            to += text.size();
        }
        return views;
    }
    std::vector<std::string_view> make(const std::vector<std::string_view>& texts) {
        return make(texts, [](std::string_view text, char* to) { std::memcpy(to, text.data(), text.size()); });
    }

  private:
    std::unique_ptr<char[]> bytes_;
};

}  // namespace cfgproxy::sample
