// The same for unit tests.
#pragma once
#include "precompiled/model.h"
#include <catch2/catch.hpp>
