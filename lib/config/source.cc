#include "config/source.h"

#include <dirent.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/file.h"

namespace cfgproxy::config {
namespace {

base::Error system_error() { return {std::strerror(errno)}; }

}  // namespace

base::Result<void> Source::add_path(const std::string& path) {
    struct stat status {};
    if (stat(path.c_str(), &status) != 0) return system_error();
    return S_ISDIR(status.st_mode) ? add_directory(path) : add_file(path);
}

base::Result<void> Source::add_file(const std::string& path) {
    auto bytes = base::read_file(path);
    if (!bytes) return base::Error{bytes.error()};
    add_text(path, std::move(*bytes));
    return {};
}

base::Result<void> Source::add_directory(const std::string& path) {
    DIR* directory = opendir(path.c_str());
    if (!directory) return system_error();
    std::vector<std::string> names;
    while (const dirent* entry = readdir(directory)) {
        std::string_view name = entry->d_name;
        // HAProxy looks for the first ".cfg" of the name, which must be its end.
        if (name[0] != '.' && name.find(".cfg") == name.size() - 4 && name.size() > 4) names.emplace_back(name);
    }
    closedir(directory);
    std::sort(names.begin(), names.end());
    for (const auto& name : names) {
        std::string full = path + "/" + name;
        struct stat status {};
        if (stat(full.c_str(), &status) != 0) return system_error();
        if (!S_ISREG(status.st_mode)) continue;
        if (auto added = add_file(full); !added) return added;
    }
    return {};
}

void Source::add_text(std::string name, std::string bytes) {
    files_.push_back({std::move(name), std::move(bytes)});
    line_starts_.emplace_back();
}

std::string Source::file_list() const {
    std::string list;
    for (const File& file : files_) {
        if (!list.empty()) list += ';';
        list += file.name;
    }
    return list;
}

std::string_view Source::raw_line(const base::Place& place) const {
    auto file = std::find_if(files_.begin(), files_.end(), [&](const File& f) { return &f.name == place.file; });
    if (file == files_.end() || place.line == 0) return {};
    auto& starts = line_starts_[static_cast<std::size_t>(file - files_.begin())];
    std::string_view bytes = file->bytes;
    if (starts.empty())
        for (std::size_t at = 0; at < bytes.size(); at = std::min(bytes.find('\n', at), bytes.size() - 1) + 1)
            starts.push_back(at);
    if (place.line > starts.size()) return {};
    std::string_view line = bytes.substr(starts[place.line - 1]);
    line = line.substr(0, line.find('\n'));
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
}

std::string_view Source::raw(const base::Place& place) const {
    std::string_view line = raw_line(place);
    return place.column == 0 || place.column > line.size() ? std::string_view()
                                                           : line.substr(place.column - 1, place.length);
}

std::string joined(std::span<const Word> words) {
    std::string text;
    for (const Word& word : words) {
        if (&word != words.data()) text += ' ';
        text += word.text;
    }
    return text;
}

}  // namespace cfgproxy::config
