using System.Reflection;
using MemoryWall.Facts;
using NetArchTest.Rules;

namespace MemoryWall.Engine.Tests;

/// <summary>Holds the arrow table of the README: a room knows only rooms on lower floors.</summary>
public class ArchitectureTests
{
    private static readonly Assembly Engine = typeof(Trial).Assembly;

    private static readonly string[][] Floors =
    [
        ["Units", "Time", "Statistics"],
        ["Models"],
        ["Facts"],
        ["Prompts", "Targets", "Embedded", "Telemetry", "Memory", "Store"],
        ["Analysis"],
        ["Sweeps", "Audit"],
    ];

    // Protocols live side by side in Targets; what two of them share lies in Targets itself or in Targets.Http.
    private static readonly string[] Protocols = ["Targets.Ollama", "Targets.OpenAi", "Targets.LlamaCpp"];

    public static TheoryData<string> Rooms => new(Floors.SelectMany(floor => floor));

    [Theory]
    [MemberData(nameof(Rooms))]
    public void Room_KnowsOnlyLowerFloors(string room)
    {
        var floor = Array.FindIndex(Floors, rooms => rooms.Contains(room));
        var forbidden = Floors.Skip(floor).SelectMany(rooms => rooms).Where(other => other != room).Select(Name).ToArray();
        AssertNoDependency(Name(room), forbidden);
    }

    [Fact]
    public void Protocol_KnowsNoOtherProtocol()
    {
        foreach (var protocol in Protocols)
            AssertNoDependency(Name(protocol), Protocols.Where(other => other != protocol).Select(Name).ToArray());
    }

    // A constant leaves no trace in the compiled code, so the sources are asked too.
    [Theory]
    [MemberData(nameof(Rooms))]
    public void Room_ImportsOnlyLowerFloors(string room)
    {
        var floor = Array.FindIndex(Floors, rooms => rooms.Contains(room));
        var forbidden = Floors.Skip(floor).SelectMany(rooms => rooms).Where(other => other != room).ToArray();
        var folder = Path.Combine(RepositoryRoot(), "engine", "Engine", room);
        if (!Directory.Exists(folder))
            return;
        var imports = from file in Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories)
                      from line in File.ReadLines(file)
                      from other in forbidden
                      where line.StartsWith($"using MemoryWall.{other};", StringComparison.Ordinal) || line.StartsWith($"using MemoryWall.{other}.", StringComparison.Ordinal)
                      select $"{Path.GetFileName(file)}: {line}";
        Assert.Empty(imports);
    }

    [Fact]
    public void EveryNamespace_IsARoomOfTheTable()
    {
        var rooms = Floors.SelectMany(floor => floor).ToHashSet();
        var strangers = Engine.GetTypes()
            .Select(type => type.Namespace)
            .Where(name => name is not null && name.StartsWith("MemoryWall", StringComparison.Ordinal))
            .Select(name => name!.Split('.').ElementAtOrDefault(1) ?? "(root)")
            .Distinct()
            .Where(room => !rooms.Contains(room));
        Assert.Empty(strangers);
    }

    private static string RepositoryRoot()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "Analysis.sln")))
            directory = directory.Parent;
        return directory?.FullName ?? throw new InvalidOperationException("the tests must lie inside the repository");
    }

    private static string Name(string room) => "MemoryWall." + room;

    private static void AssertNoDependency(string room, string[] forbidden)
    {
        if (forbidden.Length == 0)
            return;
        var result = Types.InAssembly(Engine).That().ResideInNamespace(room).ShouldNot().HaveDependencyOnAny(forbidden).GetResult();
        var offenders = result.FailingTypes?.Select(type => type.FullName) ?? [];
        Assert.True(result.IsSuccessful, $"{room} must not know {string.Join(", ", forbidden)}, but these types do: {string.Join(", ", offenders)}");
    }
}
