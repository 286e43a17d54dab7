#include "ingot/base/child.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <string>

namespace ingot {
namespace {

constexpr double kLong = 30;  // seconds

TEST(Child, TellsLinesAndEnds) {
  Result<Child> child = Child::Start([](const Child::Tell& tell) {
    tell("one");
    tell(std::string(100000, 'x'));
  });
  ASSERT_TRUE(child.ok()) << child.status().message();
  EXPECT_EQ(**child->NextLine(kLong), "one");
  EXPECT_EQ((*child->NextLine(kLong))->size(), 100000u);
  EXPECT_FALSE(child->NextLine(kLong)->has_value());
  EXPECT_EQ(child->End(), "");
}

TEST(Child, DeathIsSaid) {
  Result<Child> child = Child::Start([](const Child::Tell& tell) {
    tell("alive");
    ::raise(SIGTERM);
  });
  ASSERT_TRUE(child.ok());
  EXPECT_EQ(**child->NextLine(kLong), "alive");
  EXPECT_FALSE(child->NextLine(kLong)->has_value());
  EXPECT_EQ(child->End(), "ended with signal (15, Terminated)");
  Result<Child> other = Child::Start([](const Child::Tell&) { ::_exit(3); });
  EXPECT_FALSE(other->NextLine(kLong)->has_value());
  EXPECT_EQ(other->End(), "ended with code (3)");
}

TEST(Child, OneThatHangsIsEnded) {
  Result<Child> child = Child::Start([](const Child::Tell&) {
    for (;;) ::pause();
  });
  ASSERT_TRUE(child.ok());
  EXPECT_EQ(child->NextLine(0.05).status().message(), "nothing was heard for (0.05) seconds");
  EXPECT_EQ(child->End(), "ended with signal (9, Killed)");
}

}  // namespace
}  // namespace ingot
