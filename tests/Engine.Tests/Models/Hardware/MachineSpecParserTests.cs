using MemoryWall.Models.Hardware;

namespace MemoryWall.Engine.Tests.Models.Hardware;

public class MachineSpecParserTests
{
    private const long Gib = 1L << 30;

    [Theory]
    [InlineData("16GB", 16, 0, 0)]
    [InlineData("16GiB", 16, 0, 0)]
    [InlineData("16G", 16, 0, 0)]
    [InlineData("16gb-ram", 16, 0, 0)]
    [InlineData("2x16GB", 32, 0, 0)]
    [InlineData("24GB-gpu", 0, 1, 24)]
    [InlineData("24GB-VRAM", 0, 1, 24)]
    [InlineData("2x24GB-gpu", 0, 2, 24)]
    [InlineData("64GB+2x24GB-gpu", 64, 2, 24)]
    [InlineData(" box = 64GB + 2x24GB-gpu ", 64, 2, 24)]
    public void Parse_SizesOfMemory_AreGib(string text, long ram, int gpus, long gpu)
    {
        var machine = MachineSpecParser.Parse(text);
        Assert.Equal(ram == 0 ? null : ram * Gib, machine.Ram?.Bytes.Bytes);
        Assert.Equal(gpus, machine.Gpus.Count);
        Assert.All(machine.Gpus, part => Assert.Equal(gpu * Gib, part.Bytes.Bytes));
    }

    [Fact]
    public void Parse_EveryPart_IsRead()
    {
        var machine = MachineSpecParser.Parse("laptop=36GB-unified@273GB/s+1TB-ssd@7GB/s");
        Assert.Equal(("laptop", "36GB-unified@273GB/s+1TB-ssd@7GB/s", true), (machine.Name, machine.Description, machine.IsUnified));
        Assert.Equal((36 * Gib, 273e9), (machine.Ram!.Bytes.Bytes, machine.Ram.BytesPerSecond));
        // Drives are sold in powers of ten.
        Assert.Equal((1_000_000_000_000, 7e9), (machine.Storage!.Bytes.Bytes, machine.Storage.BytesPerSecond));
        Assert.Equal([24 * Gib, 12 * Gib],
            MachineSpecParser.Parse("64GB+24GB-gpu+12GB-gpu@360GB/s").Gpus.Select(gpu => gpu.Bytes.Bytes));
    }

    [Theory]
    [InlineData("", "no machine is given")]
    [InlineData("16GB,", "has no memory")]
    [InlineData("=16GB", "has no name")]
    [InlineData("a=", "'' in 'a=' has no size")]
    [InlineData("32", "'32' has no unit; write 32GiB")]
    [InlineData("much", "'much' is not a size")]
    [InlineData("-16GB", "not a kind of memory")]
    [InlineData("0GB", "not a size above 0")]
    [InlineData("2000TB", "not a size above 0, at most 1024 TiB")]
    [InlineData("24GB-gup", "'gup' in '24GB-gup' is not a kind of memory; write ram, gpu, unified or storage")]
    [InlineData("0x24GB-gpu", "'0' in '0x24GB-gpu' is not a number from 1 to 64")]
    [InlineData("x24GB-gpu", "is not a number from 1 to 64")]
    [InlineData("40x24GB-gpu+40x24GB-gpu", "has more than 64 GPUs")]
    [InlineData("16GB+8GB", "write their sum")]
    [InlineData("1TB-ssd", "has storage only")]
    [InlineData("16GB+1TB-ssd+1TB-ssd", "has two storages")]
    [InlineData("36GB-unified+24GB-gpu", "unified memory and a GPU of its own")]
    [InlineData("16GB@fast", "'fast' is not a bandwidth; for example 500MB/s")]
    [InlineData("16GB@", "'' is not a bandwidth")]
    [InlineData("16GB,16GB", "'16GB' is there twice")]
    [InlineData("1,5GB", "'1' has no unit")]
    public void ParseList_WhatCannotBe_IsNamedWithWhatWouldBeRight(string text, string said) =>
        Assert.Contains(said, Assert.Throws<FormatException>(() => MachineSpecParser.ParseList(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void ParseList_AnyText_IsReadOrRefused()
    {
        const string letters = "0123456789xxGMKTBBi-+@@=,,./s gpuramstounifed\u202e\0é";
        string[] words = ["16GB", "-gpu", "2x", "@1TB/s", "+", ",", "=", "-unified", "-ssd", "99999999999999999999", "1e9GB"];
        var random = new Random(18);
        var (read, refused) = (0, 0);
        for (var i = 0; i < 20_000; i++)
        {
            var text = i % 2 == 0
                ? string.Concat(Enumerable.Range(0, random.Next(12)).Select(_ => letters[random.Next(letters.Length)]))
                : string.Concat(Enumerable.Range(0, random.Next(7)).Select(_ => words[random.Next(words.Length)]));
            try
            {
                var machines = MachineSpecParser.ParseList(text);
                Assert.Equal(machines.Count, machines.Select(machine => machine.Name).Distinct().Count());
                Assert.All(machines, machine => Assert.True(machine.Ram is not null || machine.Gpus.Count > 0));
                Assert.All(machines.SelectMany(machine => machine.Gpus.Append(machine.Ram).Append(machine.Storage)).OfType<MemoryPart>(),
                    part => Assert.True(part.Bytes.Bytes > 0 && part.BytesPerSecond is null or > 0));
                read++;
            }
            catch (FormatException)
            {
                refused++;
            }
        }
        Assert.True(read > 100 && refused > 100, $"{read} read, {refused} refused");
    }

    [Theory]
    [InlineData("ram=60GB", "'60GB' is not a bandwidth")]
    [InlineData("60GB/s", "does not name a memory; for example ram=60GB/s")]
    [InlineData("cpu=60GB/s", "'cpu' is not a kind of memory; write ram, gpu, unified or storage")]
    [InlineData("ram=1GB/s,ram=2GB/s", "'ram' is there twice")]
    [InlineData("ram=0GB/s", "'0GB/s' is not a bandwidth")]
    [InlineData("ram=-1GB/s", "'-1GB/s' is not a bandwidth")]
    public void Bandwidths_WhatCannotBe_IsNamed(string text, string said) =>
        Assert.Contains(said, Assert.Throws<FormatException>(() => MemoryBandwidths.Parse(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void Bandwidths_Given_ComeBeforeMeasuredOnes()
    {
        var given = MemoryBandwidths.Parse("gpu=1TB/s,ram=60GB/s");
        var both = given.Or(new MemoryBandwidths { Ram = new(1, "run"), Storage = new(2, "run") });
        Assert.Equal((1e12, 60e9, null, 2.0),
            (both.Gpu!.BytesPerSecond, both.Ram!.BytesPerSecond, both.Unified?.BytesPerSecond, both.Storage!.BytesPerSecond));
    }

    [Fact]
    public void Reserve_WithoutAWish_IsAQuarterOfLittleRamAndAGibOfAGpu()
    {
        long? Ram(string machine, string? reserve = null) =>
            (reserve is null ? MemoryReserve.Default : MemoryReserve.Parse(reserve)).UsableRam(MachineSpecParser.Parse(machine));
        IReadOnlyList<long> Gpus(string machine, string reserve) =>
            MemoryReserve.Parse(reserve).UsableGpus(MachineSpecParser.Parse(machine));

        Assert.Equal((6 * Gib, 12 * Gib, 60 * Gib), (Ram("8GB"), Ram("16GB"), Ram("64GB")));
        Assert.Equal((15 * Gib, 16 * Gib, 0), (Ram("16GB", "1GiB"), Ram("16GB", "0"), Ram("16GB", "ram=20GiB")));
        Assert.Null(Ram("24GB-gpu"));
        Assert.Equal([23 * Gib, 23 * Gib], Gpus("2x24GB-gpu", "1GiB"));
        Assert.Equal([Gib * 47 / 2], Gpus("24GB-gpu", "gpu=512MiB"));
        // What macOS gives its GPU: 21,845 MiB of 32 GB, 27,648 MiB of 36 GB.
        Assert.Equal(21_845L, Gpus("32GB-unified", "1GiB").Single() >> 20);
        Assert.Equal(27_648L, Gpus("36GB-unified", "1GiB").Single() >> 20);
        Assert.Contains("'storage' has no reserve",
            Assert.Throws<FormatException>(() => MemoryReserve.Parse("storage=1GiB")).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("llama-3.1-8b", "llama-3.1-8b")]
    [InlineData("llama-3.1-8b, nano,layers=4,embd=64,8b", "llama-3.1-8b|nano,layers=4,embd=64|8b")]
    public void ModelNames_Commas_SeparateModelsButNotTheirSizes(string text, string names) =>
        Assert.Equal(names.Split('|'), ModelNames.Split(text));

    [Fact]
    public void ModelNames_AnEmptyOne_IsRefused() =>
        Assert.Contains("has an empty model", Assert.Throws<FormatException>(() => ModelNames.Split("a,,b")).Message,
            StringComparison.Ordinal);
}
