#include "ingot/base/file.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "test/support/temp_dir.h"

#include "ingot/base/text.h"

namespace ingot {
namespace {

TEST(File, WritesWhole) {
  test::TempDir dir;
  std::string path = dir.Path("a.txt");
  ASSERT_TRUE(WriteFileAtomic(path, "one").ok());
  ASSERT_TRUE(AppendFile(path, "two").ok());
  EXPECT_EQ(*ReadFile(path), "onetwo");
  EXPECT_EQ((*MappedFile::Open(path))->bytes().size(), 6u);
}

TEST(File, UncommittedLeavesNothing) {
  test::TempDir dir;
  {
    auto file = AtomicFile::Create(dir.Path("a"));
    ASSERT_TRUE(file.ok());
    ASSERT_TRUE((*file)->Write("half").ok());
  }
  EXPECT_TRUE(std::filesystem::is_empty(dir.path()));
}

TEST(File, DevicesAndFoldersAreNotReplaced) {
  test::TempDir dir;
  EXPECT_EQ(WriteFileAtomic(dir.path(), "x").message(), dir.path() + ": is not a regular file");
  EXPECT_EQ(WriteFileAtomic("/dev/null", "x").message(), "/dev/null: is not a regular file");
}

TEST(File, FailuresNamePathAndReason) {
  test::TempDir dir;
  Status missing = ReadFile(dir.Path("none")).status();
  EXPECT_EQ(missing.code(), Code::kNotFound);
  EXPECT_EQ(missing.message(),
            StrCat(dir.Path("none"), ": cannot open: no such file or directory"));
  EXPECT_EQ(ReadFile(dir.path()).status().code(), Code::kInvalidArgument);
  EXPECT_EQ(WriteFileAtomic(dir.Path("no/such"), "x").code(), Code::kNotFound);
}

TEST(File, FullDiskIsSaid) {
  if (::access("/dev/full", W_OK) != 0) GTEST_SKIP() << "no /dev/full here";
  Status full = AppendFile("/dev/full", "x");
  EXPECT_EQ(full.code(), Code::kUnavailable);
  EXPECT_EQ(full.message(), "/dev/full: cannot write 1 bytes: no space left on device");
}

}  // namespace
}  // namespace ingot
