using System.Reflection;
using System.Runtime.CompilerServices;
using Xunit.Sdk;
using Xunit.v3;

namespace MemoryWall.Tests;

/// <summary>
/// A test that takes long. It runs where <c>MEMWALL_TESTS=all</c> is set, as in CI; elsewhere it is skipped and says so, so that the tests
/// that remain take minutes. The same main paths are tested by short ones.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class LongFactAttribute : FactAttribute
{
    public LongFactAttribute([CallerFilePath] string? sourceFilePath = null, [CallerLineNumber] int sourceLineNumber = -1)
        : base(sourceFilePath, sourceLineNumber) => Skip = LongTests.Skip;
}

/// <summary>A <see cref="LongFactAttribute"/> with data. Skipped, it counts as one test.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class LongTheoryAttribute : TheoryAttribute
{
    public LongTheoryAttribute([CallerFilePath] string? sourceFilePath = null, [CallerLineNumber] int sourceLineNumber = -1)
        : base(sourceFilePath, sourceLineNumber) => Skip = LongTests.Skip;
}

/// <summary>Further data of a theory whose other data are enough to show that it holds: a <see cref="LongFactAttribute"/>.</summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class LongDataAttribute(params object?[] data) : DataAttribute
{
    public override bool SupportsDiscoveryEnumeration() => true;

    public override ValueTask<IReadOnlyCollection<ITheoryDataRow>> GetData(MethodInfo testMethod, DisposalTracker disposalTracker) =>
        new([new TheoryDataRow(data) { Skip = LongTests.Skip }]);
}

/// <summary>Whether long tests run.</summary>
internal static class LongTests
{
    private const string Variable = "MEMWALL_TESTS";
    private const string All = "all";

    /// <summary>Why long tests are skipped; null where they run.</summary>
    public static string? Skip { get; } = Environment.GetEnvironmentVariable(Variable) == All
        ? null
        : $"takes long; {Variable}={All} runs it";

    /// <summary>How many inputs a test draws at random: all of them where long tests run, and a quarter of them elsewhere.</summary>
    public static int Draws(int all) => Skip is null ? all : Math.Max(1, all / 4);
}
