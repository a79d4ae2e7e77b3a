using System.Runtime.CompilerServices;
using Mono.Cecil;
using Mono.Cecil.Cil;

namespace MemoryWall.Engine.Tests;

/// <summary>
/// Checks the dependencies between the folders of each project: no two folders may need each other. The compiler checks those between
/// projects, by their references. A folder is a namespace, and the project's root is one too. The test reads the compiled code, so the use
/// of a constant is not visible.
/// </summary>
public class ArchitectureTests
{
    private static readonly string s_configuration = AppContext.BaseDirectory.Contains("Release", StringComparison.Ordinal)
        ? "Release"
        : "Debug";

    // The package of the library has no code of its own.
    public static TheoryData<string> Projects => new(Directory
        .EnumerateFiles(Path.Combine(Repository(), "engine"), "*.csproj", SearchOption.AllDirectories)
        .Where(path => Path.GetFileName(Path.GetDirectoryName(path)) != "Package")
        .Select(Path.GetDirectoryName)
        .Select(path => Path.GetFileName(path)!)
        .Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Projects))]
    public void Project_Folders_NeedEachOtherInOneDirectionOnly(string project)
    {
        using var assembly = AssemblyDefinition.ReadAssembly(Compiled(project));

        var folders = Arrows(assembly);

        Assert.Empty(Circles(folders).Select(circle => string.Join(" -> ", circle)));
    }

    [Fact]
    public void Targets_Protocols_DoNotKnowEachOther()
    {
        string[] protocols = ["Embedded", "LlamaCpp", "Ollama", "OpenAi"];
        using var assembly = AssemblyDefinition.ReadAssembly(Compiled("Targets"));

        var arrows = Arrows(assembly);

        foreach (var protocol in protocols.Select(name => "MemoryWall.Targets." + name))
            Assert.DoesNotContain(arrows[protocol],
                other => other != protocol && protocols.Any(name => other == "MemoryWall.Targets." + name));
    }

    /// <summary>Rooms that observe name no doubt: only what a trial's review concludes from their observations is one.</summary>
    [Theory]
    [InlineData("Targets")]
    [InlineData("Sweeps")]
    [InlineData("Machine")]
    public void Observers_NameNoDoubt(string project)
    {
        using var assembly = AssemblyDefinition.ReadAssembly(Compiled(project));
        var named = assembly.MainModule.GetTypes().SelectMany(Needed).SelectMany(Parts).Select(type => type.FullName).ToHashSet();

        Assert.Empty(named.Intersect(Doubts()));
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void Doubts_AreMadeByTheReviewOnly(string project)
    {
        var doubts = Doubts();
        using var assembly = AssemblyDefinition.ReadAssembly(Compiled(project));

        var makers = from type in assembly.MainModule.GetTypes()
                     where Folder(type) is { } folder && folder != "MemoryWall.Analysis.Review"
                     from method in type.Methods
                     where method.HasBody
                     from instruction in method.Body.Instructions
                     where instruction.OpCode == OpCodes.Newobj && instruction.Operand is MethodReference made
                         && doubts.Contains(made.DeclaringType.FullName)
                     select method.FullName;

        Assert.Empty(makers);
    }

    /// <summary>A type that becomes public, or ceases to be, is a decision: it shows in this list.</summary>
    [Fact]
    public void PublicTypes_AreThoseOfTheList()
    {
        var listed = File.ReadAllLines(Path.Combine(Repository(), "engine", "PublicApi.txt")).Where(line => !line.StartsWith('#'));

        var types = Projects.Select(row => row.Data).SelectMany(PublicTypes).Order(StringComparer.Ordinal);

        Assert.Equal(listed, types);
    }

    [Fact]
    public void Circles_TwoFoldersThatNeedEachOther_AreFound()
    {
        var folders = new Dictionary<string, HashSet<string>> { ["a"] = ["b"], ["b"] = ["c"], ["c"] = ["a"], ["d"] = ["a"] };

        Assert.Single(Circles(folders));
    }

    [Fact]
    public void Arrows_AProject_AreRead()
    {
        using var assembly = AssemblyDefinition.ReadAssembly(Compiled("Core"));

        Assert.Contains(Arrows(assembly),
            folder => folder.Key == "MemoryWall.Core.Trials" && folder.Value.Contains("MemoryWall.Core.Time"));
    }

    private static List<string> PublicTypes(string project)
    {
        using var assembly = AssemblyDefinition.ReadAssembly(Compiled(project));
        return [.. assembly.MainModule.Types.Where(type => type.IsPublic && Folder(type) is not null).Select(type => type.FullName)];
    }

    // The closed hierarchy of doubts, by name.
    private static HashSet<string> Doubts()
    {
        const string Base = "MemoryWall.Analysis.Review.Doubt";
        using var analysis = AssemblyDefinition.ReadAssembly(Compiled("Analysis"));
        HashSet<string> names = [Base,
            .. analysis.MainModule.Types.Where(type => type.BaseType?.FullName == Base).Select(type => type.FullName)];
        Assert.True(names.Count > 10, "the hierarchy of doubts is not where it is looked for");
        return names;
    }

    private static string Compiled(string project)
    {
        var folder = Path.Combine(Repository(), "engine", project, "bin", s_configuration, "net10.0");
        var name = project == "Cli" ? "memwall.dll" : $"MemoryWall.{project}.dll";
        return Directory.EnumerateFiles(folder, name, SearchOption.AllDirectories)
            .OrderBy(path => path.Length)
            .FirstOrDefault() ?? throw new InvalidOperationException($"{project} is not built in {folder}");
    }

    private static Dictionary<string, HashSet<string>> Arrows(AssemblyDefinition assembly)
    {
        var arrows = new Dictionary<string, HashSet<string>>(StringComparer.Ordinal);
        foreach (var type in assembly.MainModule.GetTypes().Where(type => Folder(type) is not null))
        {
            var from = Folder(type)!;
            var needed = arrows.TryGetValue(from, out var known) ? known : arrows[from] = [];
            foreach (var reference in Needed(type).SelectMany(Parts))
            {
                if (Folder(reference) is { } to && to != from && reference.Scope == assembly.MainModule)
                    needed.Add(to);
            }
        }
        return arrows;
    }

    private static IEnumerable<TypeReference> Needed(TypeDefinition type)
    {
        if (type.BaseType is not null)
            yield return type.BaseType;
        foreach (var implemented in type.Interfaces)
            yield return implemented.InterfaceType;
        foreach (var attribute in type.CustomAttributes.Concat(type.Properties.SelectMany(property => property.CustomAttributes)))
            yield return attribute.AttributeType;
        foreach (var field in type.Fields)
            yield return field.FieldType;
        foreach (var method in type.Methods)
        {
            foreach (var part in Signature(method))
                yield return part;
            if (!method.HasBody)
                continue;
            foreach (var variable in method.Body.Variables)
                yield return variable.VariableType;
            foreach (var instruction in method.Body.Instructions)
            {
                foreach (var part in Operand(instruction))
                    yield return part;
            }
        }
    }

    private static IEnumerable<TypeReference> Operand(Instruction instruction) => instruction.Operand switch
    {
        TypeReference type => [type],
        MethodReference method => [method.DeclaringType, .. Signature(method)],
        FieldReference field => [field.DeclaringType, field.FieldType],
        _ => [],
    };

    private static IEnumerable<TypeReference> Signature(MethodReference method)
    {
        IEnumerable<TypeReference> arguments = method is GenericInstanceMethod generic ? generic.GenericArguments : [];
        return [method.ReturnType, .. method.Parameters.Select(parameter => parameter.ParameterType), .. arguments];
    }

    private static IEnumerable<TypeReference> Parts(TypeReference type)
    {
        yield return type.GetElementType();
        if (type is GenericInstanceType generic)
        {
            foreach (var part in generic.GenericArguments.SelectMany(Parts))
                yield return part;
        }
        else if (type is TypeSpecification { ElementType: { } element })
        {
            foreach (var part in Parts(element))
                yield return part;
        }
    }

    private static string? Folder(TypeReference type)
    {
        while (type.DeclaringType is not null)
            type = type.DeclaringType;
        return type.Namespace.StartsWith("MemoryWall.", StringComparison.Ordinal) ? type.Namespace : null;
    }

    // For each circle of folders, the way that leads from a folder back to itself.
    private static IEnumerable<IReadOnlyList<string>> Circles(Dictionary<string, HashSet<string>> arrows)
    {
        var reported = new HashSet<string>(StringComparer.Ordinal);
        foreach (var start in arrows.Keys.Order(StringComparer.Ordinal))
        {
            if (!reported.Contains(start) && Way(arrows, start) is { } way)
            {
                reported.UnionWith(way);
                yield return way;
            }
        }
    }

    private static List<string>? Way(Dictionary<string, HashSet<string>> arrows, string start)
    {
        var cameFrom = new Dictionary<string, string>(StringComparer.Ordinal);
        var open = new Queue<string>([start]);
        while (open.TryDequeue(out var at))
        {
            foreach (var next in arrows.GetValueOrDefault(at) ?? [])
            {
                if (next == start)
                {
                    List<string> way = [start];
                    for (var back = at; back != start; back = cameFrom[back])
                        way.Insert(0, back);
                    way.Insert(0, start);
                    return way;
                }
                if (cameFrom.TryAdd(next, at))
                    open.Enqueue(next);
            }
        }
        return null;
    }

    private static string Repository([CallerFilePath] string path = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(path)!, "..", ".."));
}
