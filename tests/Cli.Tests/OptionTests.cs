using System.Reflection;
using MemoryWall.Cli.Commands;
using MemoryWall.Cli.Options;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Units;
using MemoryWall.Models.Forecast;
using MemoryWall.Models.Synthetic;
using MemoryWall.Sweeps.Plans;
using Spectre.Console.Cli;

namespace MemoryWall.Cli.Tests;

/// <summary>Options that cannot be read, options with a new spelling, and the meaning of <c>--prefill</c>.</summary>
public sealed class OptionTests
{
    [Theory]
    [InlineData(new[] { "sweep", "-n", "abc" }, "--output-tokens: 'abc' is not a whole number; for example -n 64")]
    [InlineData(new[] { "sweep", "--repetitions=1.5" }, "--repetitions: '1.5' is not a whole number; for example -r 1")]
    [InlineData(new[] { "wall", "--limit-load:soon" }, "--limit-load: 'soon' is not a number; for example --limit-load 900")]
    [InlineData(new[] { "compare", "--threads", "all" }, "--threads: 'all' is not a whole number; for example --threads 8")]
    [InlineData(new[] { "watch", "--port" }, "--port: the value is missing; for example --port 8080")]
    [InlineData(new[] { "study", "--telemetry-hz", "fast" }, "--telemetry-hz: 'fast' is not a number; for example --telemetry-hz 10")]
    public void FindError_WrongNumber_NamesTheOptionAndAnExample(string[] args, string message) =>
        Assert.Equal(message, NumberOptions.FindError(args));

    [Theory]
    [InlineData("sweep", "-n", "64", "--limit-load", "1e3", "--seed", "-1")]
    [InlineData("audit", "results.json", "--weights", "4.9GB")]
    public void FindError_NumbersAreRight_IsNull(params string[] args) => Assert.Null(NumberOptions.FindError(args));

    [Theory]
    [InlineData("sweep --contxts 2k", "--contxts: memwall sweep has no such option; did you mean --contexts? "
        + "'memwall sweep --help' lists the options")]
    [InlineData("sweep --seed -1 --limit-laod=3", "--limit-laod: memwall sweep has no such option; did you mean --limit-load? "
        + "'memwall sweep --help' lists the options")]
    [InlineData("sweep --repet 3", "--repet: memwall sweep has no such option; did you mean --repetitions? "
        + "'memwall sweep --help' lists the options")]
    [InlineData("runs show latest --nothing-like-it", "--nothing-like-it: memwall runs show has no such option; "
        + "'memwall runs show --help' lists the options")]
    [InlineData("sessions --user 1", "--user: memwall sessions has no such option; did you mean --users? "
        + "'memwall sessions --help' lists the options")]
    [InlineData("wall -Z", "-Z: memwall wall has no such option; 'memwall wall --help' lists the options")]
    public async Task Run_UnknownOption_IsNamedWithWhatMayBeMeant(string line, string message)
    {
        using var memwall = await InProcess.RunAsync(line.Split(' '));
        Assert.Equal((2, message), (memwall.ExitCode, memwall.Error.Trim()));
    }

    // The library says "unknown command" of each of them.
    [Theory]
    [InlineData(new[] { "sweep", "-c", "1k", "--warm-prefix", "50%" }, "--warm-prefix: it takes no value, and '50%' belongs to no option")]
    [InlineData(new[] { "sweep", "-c", "1k", "2k" }, "'2k' belongs to no option; 'memwall sweep --help' lists the options")]
    [InlineData(new[] { "wall", "--cap=1G", "2G", "--to", "16k" }, "'2G' belongs to no option; 'memwall wall --help' lists the options")]
    public async Task Run_ValueOfNoOption_IsNamed(string[] args, string message)
    {
        Assert.Equal(message, StrayValues.FindError(args));
        using var memwall = await InProcess.RunAsync(args);
        Assert.Equal((2, message), (memwall.ExitCode, memwall.Error.Trim()));
    }

    [Theory]
    [InlineData("sweep", "-c", "1k,2k", "--warm-prefix", "-n", "8", "--seed", "-1")]
    [InlineData("runs", "compare", "one", "two")]
    [InlineData("nosuch", "one")]
    [InlineData("sweep")]
    public void FindError_NoValueIsLeftOver_IsNull(params string[] args) => Assert.Null(StrayValues.FindError(args));

    [Fact]
    public void ToPlan_PromptAs_IsStoredAndChecked()
    {
        Assert.Equal([null, PromptForm.Text, PromptForm.Ids],
            new[] { null, "text", "ids" }.Select(form => new SweepOptions { PromptAs = form }.ToPlan().PromptAs));
        Assert.Equal(PromptForm.Ids, new WallOptions { PromptAs = "ids" }.ToPlan().PromptAs);
        Assert.Equal(PromptForm.Ids, new CompareOptions { PromptAs = "ids", Cap = "2G" }.ToSharedPlan().PromptAs);
        Assert.Equal("--prompt-as: 'tokens' is unknown; write text or ids",
            Assert.Throws<FormatException>(() => new SweepOptions { PromptAs = "tokens" }.ToPlan()).Message);
    }

    // Every command class is found by its name, and every number option has an example.
    [Fact]
    public void FindError_EveryNumberOptionOfEveryCommand_IsFound()
    {
        var commands = typeof(SweepOptions).Assembly.GetTypes().Where(type => type.IsAssignableTo(typeof(ICommand))).ToList();
        Assert.NotEmpty(commands);
        foreach (var command in commands)
        {
            var numbers = command.BaseType!.GetGenericArguments().SelectMany(settings => settings.GetProperties())
                .Where(property => (Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType) is var type
                    && (type == typeof(int) || type == typeof(double)))
                .Select(property => property.GetCustomAttribute<CommandOptionAttribute>()!.LongNames[0]);
            Assert.All(numbers, name =>
                Assert.StartsWith($"--{name}: 'x'", NumberOptions.FindError([command.Name[..^"Command".Length], $"--{name}", "x"]),
                    StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData("sweep", "--method", "depth", "--method incremental")]
    [InlineData("sweep", "--method", "sampled", "--method incremental --prefill synthetic")]
    [InlineData("wall", "--depth", "sampled", "--prefill synthetic")]
    [InlineData("wall", "--depth", "computed", "--prefill computed")]
    [InlineData("compare", "--depth", "sampled", "--prefill synthetic")]
    [InlineData("compare", "--depth", "computed", "--prefill computed")]
    public async Task OldSpelling_IsWrongUsageAndNamesTheNewOne(string command, string option, string value, string replacement)
    {
        using var memwall = await InProcess.RunAsync(command, option, value);
        Assert.Equal(2, memwall.ExitCode);
        Assert.Equal($"{option} {value} was renamed; write {replacement}", memwall.Error.Trim());
        Assert.Equal("", memwall.Output);
    }

    [Fact]
    public void FindError_OldOptionWithEqualsSign_IsFound() =>
        Assert.Contains("--prefill synthetic", RenamedOptions.FindError(["wall", "--depth=sampled"]), StringComparison.Ordinal);

    [Theory]
    [InlineData("http://127.0.0.1:1", "no server answers at http://127.0.0.1:1")]
    [InlineData("openai://127.0.0.1:1/m", "no server answers at http://127.0.0.1:1")]
    [InlineData("ollama://127.0.0.1:1", "no server answers at http://127.0.0.1:1")]
    public async Task Models_OfAServerThatIsNotThere_GivesTheReasonAndFails(string target, string reason)
    {
        using var memwall = await InProcess.RunAsync("models", "--target", target);
        Assert.Equal(3, memwall.ExitCode);
        Assert.Contains(reason, memwall.Error, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Models_WithoutOptions_ListsAllThatCanBeNamed()
    {
        using var memwall = await InProcess.RunAsync("models");
        Assert.Equal(0, memwall.ExitCode);
        var words = memwall.Output.Split([' ', ',', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries);
        Assert.Empty(KnownModels.Names.Concat(SyntheticSpec.Presets.Select(preset => preset.Name)).Except(words));
    }

    [Fact]
    public async Task WrongNumber_IsWrongUsage()
    {
        using var memwall = await InProcess.RunAsync("sweep", "-n", "abc");
        Assert.Equal(2, memwall.ExitCode);
        Assert.Equal("--output-tokens: 'abc' is not a whole number; for example -n 64", memwall.Error.Trim());
    }

    [Theory]
    [InlineData(null, null, SweepMethod.Cold)]
    [InlineData("cold", "computed", SweepMethod.Cold)]
    [InlineData("incremental", null, SweepMethod.IncrementalDepth)]
    [InlineData("incremental", "synthetic", SweepMethod.SyntheticDepth)]
    [InlineData(null, "synthetic", SweepMethod.SyntheticDepth)]
    [InlineData("auto", null, SweepMethod.Auto)]
    [InlineData("resume", null, SweepMethod.Resume)]
    public void Sweep_MethodAndPrefill_MakeThePlansMethod(string? method, string? prefill, SweepMethod expected) =>
        Assert.Equal(expected, new SweepOptions { Method = method, Prefill = prefill }.ToPlan().Method);

    [Theory]
    [InlineData("quick", null, "--method: 'quick' is unknown")]
    [InlineData(null, "real", "--prefill: 'real' is unknown")]
    [InlineData("cold", "synthetic", "--prefill: synthetic cannot be combined with --method cold")]
    [InlineData("resume", "synthetic", "--prefill: synthetic cannot be combined with --method resume")]
    public void Sweep_MethodOrPrefillThatCannotBe_IsNamed(string? method, string? prefill, string message)
    {
        var error = Assert.Throws<FormatException>(() => new SweepOptions { Method = method, Prefill = prefill }.ToPlan());
        Assert.StartsWith(message, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("embedded", null, SweepMethod.SyntheticDepth)]
    [InlineData("embedded:nano", "computed", SweepMethod.Cold)]
    [InlineData("ollama://localhost:11434/m", null, SweepMethod.Cold)]
    [InlineData("ollama://localhost:11434/m", "synthetic", SweepMethod.SyntheticDepth)]
    public void WallAndCompare_Prefill_MeansTheSame(string target, string? prefill, SweepMethod expected)
    {
        Assert.Equal(expected, new WallOptions { Target = target, Prefill = prefill }.ToPlan().Method);
        var compare = new CompareOptions { Target = target, Prefill = prefill, Systems = ["standard"], Cap = "1G" };
        Assert.Equal(expected, Assert.Single(compare.ToSystemPlans()).Plan.Method);
    }

    [Theory]
    [InlineData("managed", "f16", null)]
    [InlineData("managed-q8_0", "q8_0", null)]
    [InlineData("managed-q4_0", "q4_0", null)]
    [InlineData("managed-q8_0@550MB/s,100us", "q8_0", 550_000_000L)]
    public void Systems_Managed_HaveTheKvTypeOfTheirNameAndTheTier(string name, string kvType, long? bandwidth)
    {
        var plan = Assert.Single(SystemPlans.Create([name], CreateRequest())).Plan;
        Assert.Equal((name, kvType, bandwidth, (long?)0), (plan.System, plan.Options.KvType, plan.Options.Tier?.BandwidthBytesPerSecond,
            plan.Cap?.SwapBytes));
        Assert.NotNull(plan.Options.Tier);
    }

    [Theory]
    [InlineData("managed-")]
    [InlineData("managed-q5_0")]
    [InlineData("managed-q8_0-x")]
    [InlineData("kv-q8_0@550MB/s")]
    public void Systems_UnknownName_IsRefusedWithTheKnownOnes(string name) => Assert.Contains("managed-q8_0, managed-q4_0",
        Assert.Throws<FormatException>(() => SystemPlans.Create([name], CreateRequest())).Message, StringComparison.Ordinal);

    private static SystemsRequest CreateRequest() => new()
    {
        Target = "embedded:nano",
        Contexts = [new TokenCount(512)],
        Options = new TargetOptions { KvType = "f16" },
        Cap = new CapPlan { Bytes = 1 << 30 },
        CreateTier = () => new TierPlan { Folder = "/tier" },
    };
}
