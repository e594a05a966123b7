// The same for unit tests.
#ifndef CFGPROXY_PRECOMPILED_TESTS_H  // a pragma would be one of a main file, of which compilers warn
#define CFGPROXY_PRECOMPILED_TESTS_H
#include <catch2/catch.hpp>
#include "precompiled/model.h"
#endif
