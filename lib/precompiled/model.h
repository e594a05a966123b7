// What nearly every file reads before its own first line, compiled once for each library: parsing it is more than half
// of a build's time. No file may rely on it: each includes what it uses, and a build with -Db_pch=false holds them to
// that.
#ifndef CFGPROXY_PRECOMPILED_MODEL_H  // a pragma would be one of a main file, of which compilers warn
#define CFGPROXY_PRECOMPILED_MODEL_H
#include <fmt/format.h>
#include <algorithm>
#include <charconv>
#include <cstring>
#include <string>
#include <vector>
#include "model/config.h"
#endif
