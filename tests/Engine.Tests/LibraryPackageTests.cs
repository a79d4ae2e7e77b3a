using System.Xml.Linq;

namespace MemoryWall.Engine.Tests;

/// <summary>The package of the library for notebooks has the engine's assemblies in it, and so must name every package that they
/// need.</summary>
public class LibraryPackageTests
{
    [Fact]
    public void Package_NamesThePackagesOfEveryProjectInIt()
    {
        var package = Path.Combine(Repository.Root!, "engine", "Package", "MemoryWall.csproj");
        var needed = new SortedSet<string>(StringComparer.Ordinal);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var open = new Queue<string>(List(package, "ProjectReference"));
        while (open.TryDequeue(out var project))
        {
            if (!seen.Add(project))
                continue;
            needed.UnionWith(List(project, "PackageReference"));
            foreach (var next in List(project, "ProjectReference"))
                open.Enqueue(next);
        }

        Assert.Contains(seen, project => project.EndsWith("MemoryWall.Core.csproj", StringComparison.Ordinal));
        Assert.Contains("YamlDotNet", needed);
        Assert.Equal(needed, List(package, "PackageReference").Order(StringComparer.Ordinal));
    }

    // What a project references on every system, for itself and what uses it: packages by name, projects by path.
    private static IEnumerable<string> List(string project, string kind) => XDocument.Load(project).Descendants(kind)
        .Where(reference => reference.Parent!.Attribute("Condition") is null
            && (string?)reference.Attribute("ReferenceOutputAssembly") != "false"
            && (kind == "ProjectReference" || (string?)reference.Attribute("PrivateAssets") != "all"))
        .Select(reference => (string)reference.Attribute("Include")!)
        .Select(name => kind == "PackageReference" ? name : Path.GetFullPath(Path.Combine(Path.GetDirectoryName(project)!, name)));
}
