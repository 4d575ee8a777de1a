# Ce que dit le bot en français. en.ftl a les mêmes identifiants et les mêmes variables ; un test les compare.
# Les numéros de demandes arrivent en texte, pour que #1234 reste #1234.

## Mots
quoted = « { $words } »
detail = { $key } : { $value }
yes = oui
no = non
unknown-value = inconnu
under-a-second = moins d’une seconde
usage = Emploi : { $usage }
example = Par exemple : { $example }
why-hint = « pourquoi #{ $request } » raconte toute l’histoire.

## Pas compris
empty = Oui ? « aide » montre ce que je peux faire pour vous.
unreadable-too-long = Ce message dépasse 2 000 caractères. Je n’ai rien fait : écrivez-en un plus court.
unreadable-bidi = Ce message contient des caractères invisibles qui inversent le sens de l’écriture. Je n’ai rien fait : retapez-le au lieu de le coller.
unreadable-control = Ce message contient des caractères de contrôle. Je n’ai rien fait : retapez-le au lieu de le coller.
unreadable-quote = Un guillemet est ouvert et jamais fermé. Je n’ai rien fait : fermez-le, ou enlevez-le.
unreadable-after-quote = Quelque chose est collé à un guillemet fermant. Je n’ai rien fait : mettez une espace après lui.
unknown = Je ne connais pas « { $words } ». « aide » montre ce que je peux faire pour vous.
unknown-near = Je ne connais pas « { $words } ». Vouliez-vous dire { $near } ?
wrong-missing = Il manque « { $name } » : { $expected }.
wrong-without-value = « { $name } » doit être suivi d’une valeur : { $expected }.
wrong-not-one = « { $word } » ne convient pas pour « { $name } » ; j’attendais { $expected }.
wrong-too-many = Je ne sais pas ce que « { $word } » veut dire ici.
wrong-twice = « { $name } » est dit deux fois.
wrong-unknown-option = Cette commande n’a pas de « { $word } ».
wrong-quote-it = « { $word } » peut faire partie du texte de « { $name } », ou être une option. Mettez le texte entre guillemets.
wrong-understood = J’ai compris : { $call }. Rien n’a été fait.

## Arguments
argument-target = le nom d’une machine virtuelle ou d’un jeu de données (web, tank/mail)
argument-targets = un ou plusieurs noms de machines virtuelles ou de jeux de données, chacun une fois, 50 au plus
argument-number = le numéro d’une demande (#41)
argument-text = un texte d’au plus 200 caractères, de préférence entre guillemets
argument-size = une taille avec son unité (5 Go, 5 Gio)
argument-duration =
    { $least ->
        [none] une durée avec son unité (90min, 2 h, 7j)
       *[other] une durée avec son unité (90s, 5min), de { $least } à { $most }
    }
argument-proof = les six chiffres que montre votre téléphone, ou la signature affichée par « manchot sign », en un seul morceau
argument-flag = ce seul mot
argument-choice = un choix parmi : { $choices }

## Pas permis
not-alone = J’avais une réponse pour vous seul·e, mais quelqu’un d’autre peut désormais lire ici. Posez la question là où nous ne sommes que deux ; « travaux » y dira ce qu’un changement est devenu.
refused-roles = Ce serait permis au rôle : { $roles }.
refused-help = Qui peut vous aider : { $admins }.

## Trop tard
late = Ce message m’est parvenu { $by } après son écriture. Je l’ai gardé sans l’exécuter, car les choses ont pu changer.
late-ahead = Ce message est daté de { $by } dans le futur. Je l’ai gardé sans l’exécuter, car l’une de nos horloges se trompe.
late-run = « lancer #{ $request } » l’exécute maintenant.
too-many = Vous écrivez plus vite que je ne réponds à qui je ne connais pas : vos messages sont gardés, mais restent sans réponse tant que vous n’aurez pas ralenti pendant une minute.

## L’exécuteur refuse
failure-malformed = L’exécuteur n’a pas compris ce que je lui ai envoyé. Rien n’a été fait. C’est une erreur de ma part : prévenez les personnes qui s’occupent de moi.
failure-unknown-method = L’exécuteur ne connaît pas ce que je lui demande. Rien n’a été fait. Il est peut-être plus ancien que moi : mettez-le à jour.
failure-unknown-operation = L’exécuteur ne connaît pas cette opération. Rien n’a été fait. Il est peut-être plus ancien que moi : mettez-le à jour.
failure-unknown-target =
    { $what ->
        [none] L’hôte n’a pas de machine virtuelle ni de jeu de données de ce nom. Rien n’a été fait. « vm liste » montre les machines virtuelles.
       *[other] L’hôte n’a ni machine virtuelle ni jeu de données appelé « { $what } ». Rien n’a été fait. « vm liste » montre les machines virtuelles.
    }
failure-ambiguous-target =
    { $what ->
        [none] Ce nom désigne plusieurs choses sur l’hôte. Rien n’a été fait. Donnez l’UUID de la machine virtuelle, ou le nom complet du jeu de données.
       *[other] « { $what } » désigne plusieurs choses sur l’hôte. Rien n’a été fait. Donnez l’UUID de la machine virtuelle, ou le nom complet du jeu de données.
    }
failure-no-such-plan = L’exécuteur ne connaît plus le plan de ce changement. Rien n’a été fait. Refaites votre demande.
failure-id-reused = L’exécuteur connaît déjà une autre demande sous le même identifiant. On ne sait pas ici ce qu’elle est devenue. Vérifiez avant de refaire votre demande, dans un nouveau message.
failure-plan-changed = Le plan n’est pas celui qui a été montré. Rien n’a été fait. Refaites votre demande.
failure-expired = Le plan a expiré. Rien n’a été fait. Refaites votre demande.
failure-void = Ce sur quoi reposait le plan a changé entre-temps. Rien n’a été fait. Regardez ce qui diffère, puis refaites votre demande.
failure-needs-approval = Ce changement demande des approbations qu’il n’a pas. Rien n’a été fait.
failure-paused = Les changements sont suspendus sur l’hôte : rien de nouveau ne commence avant que quelqu’un les reprenne. Rien n’a été fait. Les questions reçoivent toujours une réponse.
failure-denied = Quelqu’un a refusé ce changement. Rien n’a été fait. S’il reste souhaité, parlez-en ensemble, puis refaites la demande.
failure-cancelled = Ce changement a été annulé. Rien de plus n’en sera fait.
failure-hosts-own = Cela a été planifié au terminal de l’hôte lui-même : on ne peut le refuser ou l’annuler que là. Rien n’a changé. La personne qui administre l’hôte y dit : manchot-executor deny ou cancel
failure-too-late = C’est trop tard pour cela : le changement est déjà plus loin. « pourquoi » dit jusqu’où.
failure-factor-unknown = L’hôte ne connaît pas ce second facteur pour cette personne. Rien n’a été fait. La personne qui administre l’hôte l’enregistre à son propre terminal : manchot-executor enrol-factor
failure-factor-wrong = Le second facteur ne convient pas : un code faux ou ancien, ou une signature qui n’est pas celle de ce plan. Rien n’a été fait. Réessayez avec un nouveau code, ou signez à nouveau le texte du plan.
failure-factor-spent = Ce code a déjà servi, ou a été vu là où il ne doit pas l’être. Chacun ne sert qu’une fois. Rien n’a été fait. Attendez le code suivant, une demi-minute au plus.
failure-factor-locked = Trop de codes faux ont été donnés pour cette personne : aucun n’est accepté pour l’instant. Rien n’a été fait. Une signature sert toujours. Si ce n’était pas vous, prévenez la personne qui administre l’hôte.
failure-factor-not-enough = Un code ne suffit pas pour un changement de ce genre, et il est maintenant épuisé. Rien n’a été fait. Il faut signer le texte du plan.
failure-factors-unreadable = L’hôte ne peut pas lire sa liste de seconds facteurs, et n’en accepte donc aucun. Rien n’a été fait. La personne qui administre l’hôte en saura plus à son propre terminal : manchot-executor check
failure-protected =
    { $what ->
        [none] La cible est protégée sur l’hôte. Rien n’a été fait. Seule la personne qui administre l’hôte peut lever cette protection, à son propre terminal.
       *[other] « { $what } » est protégé sur l’hôte. Rien n’a été fait. Seule la personne qui administre l’hôte peut lever cette protection, à son propre terminal.
    }
failure-limit = Cela dépasse une limite fixée sur l’hôte. Rien n’a été fait. Demandez moins à la fois, ou plus tard.
failure-pool-unhealthy =
    { $what ->
        [none] Le pool de stockage n’est pas en assez bon état. Rien n’a été fait. « hôte » montre son état ; quelqu’un doit d’abord s’en occuper.
       *[other] Le pool de stockage n’est pas en assez bon état ({ $what }). Rien n’a été fait. « hôte » montre son état ; quelqu’un doit d’abord s’en occuper.
    }
failure-several-pools = Les disques sont sur plusieurs pools, qu’on ne peut pas saisir au même instant. Rien n’a été fait. Demandez séparément les jeux de données de chaque pool.
failure-no-disks =
    { $what ->
        [none] La machine virtuelle n’a pas de disque sur ZFS : il n’y a rien à saisir. Rien n’a été fait. « vm info » montre ses disques.
       *[other] « { $what } » n’a pas de disque sur ZFS : il n’y a rien à saisir. Rien n’a été fait. « vm info { $what } » montre ses disques.
    }
failure-disk-outside =
    { $what ->
        [none] La machine virtuelle a un disque dont rien ne dit qu’il est sur ZFS : un instantané sans lui ne contiendrait pas toute la machine. Rien n’a été fait. Déplacez ce disque sur un volume ZFS, ou démarrez le pool de stockage libvirt où il se trouve ; ou demandez par leur nom les jeux de données des autres disques.
       *[other] « { $what } » a un disque dont rien ne dit qu’il est sur ZFS : un instantané sans lui ne contiendrait pas toute la machine. Rien n’a été fait. Déplacez ce disque sur un volume ZFS, ou démarrez le pool de stockage libvirt où il se trouve ; ou demandez par leur nom les jeux de données des autres disques.
    }
failure-pool-not-served =
    { $what ->
        [none] Manchot ne peut rien modifier dans ce pool de stockage. Rien n’a été fait. La personne qui administre l’hôte peut l’y autoriser : manchot-executor setup --apply --pool POOL
       *[other] Manchot ne peut rien modifier dans le pool de stockage de « { $what } ». Rien n’a été fait. La personne qui administre l’hôte peut l’y autoriser : manchot-executor setup --apply --pool POOL
    }
failure-already-so =
    { $what ->
        [none] C’est déjà le cas : il n’y a rien à faire. Rien n’a été fait.
       *[other] C’est déjà le cas pour « { $what } » : il n’y a rien à faire. Rien n’a été fait.
    }
failure-wrong-state =
    { $what ->
        [none] L’état de la machine virtuelle ne le permet pas. Rien n’a été fait. « vm list » montre son état.
       *[other] L’état de « { $what } » ne le permet pas. Rien n’a été fait. « vm info { $what } » montre son état.
    }
failure-not-persistent =
    { $what ->
        [none] Cette machine virtuelle est éphémère : une fois éteinte, libvirt ne la connaîtrait plus. Rien n’a été fait. La personne qui administre l’hôte peut la rendre persistante : virsh define
       *[other] « { $what } » est une machine virtuelle éphémère : une fois éteinte, libvirt ne la connaîtrait plus. Rien n’a été fait. La personne qui administre l’hôte peut la rendre persistante : virsh define
    }
failure-still-running =
    { $what ->
        [none] On a demandé à la machine virtuelle de s’éteindre, et elle tournait encore à la fin du délai. Rien n’a été forcé, et elle peut encore s’éteindre d’elle-même. Regardez ce qui s’y passe, ou laissez-lui plus de temps.
       *[other] On a demandé à « { $what } » de s’éteindre, et elle tournait encore à la fin du délai. Rien n’a été forcé, et elle peut encore s’éteindre d’elle-même. Regardez ce qui s’y passe, ou laissez-lui plus de temps.
    }
failure-host-failed = Une commande a échoué sur l’hôte. Si elle devait changer quelque chose, il faut aller y voir si elle l’a fait.
failure-interrupted = L’exécuteur a été coupé en plein travail, et on ne peut pas savoir avec certitude ce qu’il en est. Vérifiez avant de refaire votre demande.
failure-too-large =
    { $what ->
        [none] La réponse de l’hôte était trop grande pour être lue en entier, et je n’en montre pas une partie comme si c’était le tout. Demandez quelque chose de plus précis.
       *[other] Ce que l’hôte sait montrer de « { $what } » est trop grand pour une réponse : je n’en montre rien. Regardez-le depuis l’hôte lui-même.
    }
failure-busy = L’hôte est occupé à autre chose sur la même cible. Rien n’a été fait. Réessayez dans un instant.
failure-near = Noms voisins : { $near }.
failure-words = Les mots de l’hôte :

## On ne peut pas interroger l’exécuteur
unavailable-unreachable = Je n’arrive pas à joindre l’hyperviseur. Rien ne lui a été envoyé. Les machines virtuelles tournent peut-être très bien ; réessayez, et si cela dure, regardez le réseau et l’exécuteur.
unavailable-untrusted = ATTENTION : l’identité de l’hyperviseur a changé : sa clé n’est pas celle qu’on m’a donnée. Je ne lui ai rien envoyé. Soit la machine a été réinstallée, soit quelqu’un a pris sa place. Ne lui faites pas confiance avant que quelqu’un ait comparé la clé au terminal de l’hôte.
unavailable-incompatible = L’exécuteur de l’hyperviseur parle une autre version que moi. Je ne lui ai rien demandé. Mettez à jour le plus ancien de nous deux.

## Pannes et avancement
fault = Quelque chose s’est cassé en moi pendant que je traitais cette demande. C’est dans mon journal sous #{ $request } ; « pourquoi #{ $request } » dit jusqu’où je suis allé. Si c’était un changement, vérifiez avant de le redemander.
progress-running =
    { $steps ->
        [none] #{ $request } est en cours. La réponse suivra ici.
       *[other] #{ $request } est en cours (étape { $step } sur { $steps }). La réponse suivra ici.
    }
progress-queued =
    { $until ->
        [none] #{ $request } attend son tour : la limite de changements par minute ou par heure de l’hôte est atteinte. Il partira de lui-même.
       *[other] #{ $request } attend son tour : la limite de changements par minute ou par heure de l’hôte est atteinte. Il partira de lui-même, vers { $until }.
    }
progress-unreachable = #{ $request } attend : je n’arrive pas à joindre l’hyperviseur en ce moment. Je continue d’essayer, et je vous dirai ici comment cela finit.
progress-untrusted = #{ $request } attend. ATTENTION : l’identité de l’hyperviseur a changé : sa clé n’est pas celle qu’on m’a donnée, et je ne lui envoie plus rien. Quelqu’un doit comparer la clé au terminal de l’hôte.
progress-incompatible = #{ $request } attend : l’exécuteur de l’hyperviseur parle une autre version que moi. Il faut mettre à jour l’un des deux.
progress-fault = #{ $request } est retenu par une panne en moi. Je continue d’essayer ; « pourquoi #{ $request } » dit jusqu’où je suis allé.
progress-paused =
    { $who ->
        [none] #{ $request } attend : les changements sont suspendus sur l’hôte. La demande repartira d’elle-même quand quelqu’un dira « reprendre », ce qui demande un second facteur.
       *[other] #{ $request } attend : les changements sont suspendus sur l’hôte. La demande repartira d’elle-même quand quelqu’un dira « reprendre », ce qui demande un second facteur. Qui peut le faire : { $who }.
    }
progress-waiting = #{ $request } attend la fin de ce qui touche la même machine virtuelle ou le même jeu de données : { $others }{ $more ->
    [0] { "" }
   *[other] , et { $more } de plus
  }. La demande partira d’elle-même ensuite.
progress-shutting =
    { $until ->
        [none] #{ $request } est en cours : on a demandé à la machine virtuelle de s’éteindre. Son état maintenant : { $state }.
       *[other] #{ $request } est en cours : on a demandé à la machine virtuelle de s’éteindre. Son état maintenant : { $state }. Elle a jusqu’à { $until } ; rien n’est forcé.
    }
progress-whole = Quelqu’un a demandé de l’annuler, mais c’est commencé et cela va à son terme.
waiting-named = #{ $request }, demandé par { $who }
waiting-own = #{ $request }, que vous avez demandé vous-même
waiting-admin = #{ $request }, demandé par un·e autre admin
waiting-somebody = #{ $request }, demandé par quelqu’un d’autre
waiting-host = quelque chose qui a été demandé au terminal de l’hôte

## Approbations
approval-wanted =
    { $kind ->
        [factor] #{ $request } est planifié, et attend un second facteur. Rien n’est encore fait.
        [signature] #{ $request } est planifié, et attend une signature. Rien n’est encore fait.
        [two] #{ $request } est planifié, et attend la signature de deux personnes. Rien n’est encore fait.
       *[other] #{ $request } est planifié, et attend : { $wants }. Rien n’est encore fait.
    } { $until ->
        [none] { "" }
       *[other] Sans cela, il devient caduc le { $until }.
    }
approval-plan-elsewhere = Je ne montre pas le plan ici, car d’autres peuvent lire : « pourquoi #{ $request } » en message direct le donne en entier.
approval-ways = Pour dire oui, au choix :
approval-sign =
    Sur votre propre machine, « manchot sign { $request } --key ~/.ssh/id_ed25519 » montre le plan et le signe ; { $where ->
        [here] dites ici la ligne affichée.
       *[elsewhere] dites la ligne affichée dans un salon chiffré, depuis un appareil que vous avez vérifié.
    }
approval-host = Sur l’hôte : manchot-executor approve { $request }
approval-code-here = Avec un code de votre téléphone : dites ici « approuver #{ $request } CODE ». Il ne sert qu’une fois.
approval-code = Avec un code de votre téléphone : « manchot-executor approve { $request } CODE » sur l’hôte, ou « approuver #{ $request } CODE » dans un salon Matrix chiffré. Jamais ici : je le rendrais inutilisable.
approval-deny = Pour dire non : « refuser #{ $request } ».
approve-enough = #{ $request } est approuvé, et se poursuit. La suite est dite dans son propre fil.
approve-more =
    Votre approbation de #{ $request } compte. Approuvé jusqu’ici par : { $given }. { $kind ->
        [factor] Il faut un second facteur.
        [signature] Il faut une signature.
        [two] Il faut la signature de deux personnes.
       *[other] Il faut : { $wants }.
    }
approve-nothing = À ma connaissance, #{ $request } n’est pas un plan qui attend des approbations. « travaux » montre les changements.
approve-code = Je ne prends de codes que dans les salons Matrix chiffrés, car d’autres peuvent lire ici, et je n’ai pas pu rendre celui-ci inutilisable : l’exécuteur ne répond pas. Rien n’est approuvé. N’utilisez aucun code avant que le suivant s’affiche ; ensuite : « approuver #{ $request } CODE » dans un salon chiffré, « manchot-executor approve { $request } CODE » sur l’hôte, ou une signature.
approve-code-burnt = Je ne prends de codes que dans les salons Matrix chiffrés, car d’autres peuvent lire ici : celui-ci ne sert plus à rien, et rien n’est approuvé. Attendez votre prochain code et dites « approuver #{ $request } CODE » dans un salon chiffré, ou donnez-le sur l’hôte (manchot-executor approve { $request } CODE), ou signez.
approve-code-spent = Le code que vous avez donné ne sert plus à rien : prenez le suivant.
approve-code-unknown = On ne sait pas si votre code est arrivé. Quand l’exécuteur répondra de nouveau : si « travaux » montre que le changement attend encore, redites-le avec votre prochain code.
code-burnt = Il y avait un code dans votre message. D’autres peuvent lire ici : il ne sert donc plus à rien. Je ne prends de codes qu’avec « approuver », dans les salons Matrix chiffrés ; donnez le suivant là, ou sur l’hôte.
code-not-burnt = Il y a six chiffres dans votre message. Si c’est un code : d’autres ont pu le lire, et je n’ai pas pu le rendre inutilisable. N’utilisez aucun code avant que le suivant s’affiche.
not-done-cancelled =
    { $by ->
        [none] #{ $request } a été annulé. Rien n’a été fait.
       *[other] #{ $request } a été annulé par { $by }. Rien n’a été fait.
    }
not-done-denied =
    { $by ->
        [none] #{ $request } a été refusé. Rien n’a été fait.
       *[other] #{ $request } a été refusé par { $by }. Rien n’a été fait.
    }
not-done-expired = #{ $request } n’a pas été approuvé à temps. Rien n’a été fait. Refaites la demande si elle est toujours voulue.
deny-none = #{ $request } n’est pas un changement en attente, ou vous ne pouvez pas le voir. « travaux » montre les changements.
deny-ended = #{ $request } est refusé. Rien n’a été fait.
deny-asked = #{ $request } a déjà commencé : on ne peut plus le refuser. « annuler #{ $request } » l’arrête là où c’est encore possible.
deny-late = #{ $request } est déjà terminé. « pourquoi #{ $request } » dit comment.
cancel-none = #{ $request } n’est pas un changement en attente ou en cours, ou vous ne pouvez pas le voir. « travaux » montre les changements.
cancel-ended = #{ $request } est annulé. Rien n’a été fait.
cancel-asked = #{ $request } est déjà en cours : il s’arrête avant sa prochaine étape s’il y en a une, sinon il va à son terme. La suite est dite dans son propre fil.
cancel-through = #{ $request } est déjà en cours et va à son terme : s’arrêter à mi-chemin ne laisserait ni l’état d’avant, ni celui qui est demandé. La suite est dite dans son propre fil.
cancel-too-late = { $by } a demandé l’annulation ({ $when }). C’était trop tard : c’était commencé, et c’est allé à son terme.
cut-short = #{ $request } a été annulé par { $by } en cours de route. Étapes déjà faites, et qui restent : { $steps }. Rien de plus n’en sera fait.
cancel-late = #{ $request } est déjà terminé, il n’y a rien à annuler. « pourquoi #{ $request } » dit comment il a fini.
pause-done = Tous les changements sont suspendus : ce qui est en cours se termine, rien d’autre ne commence. On peut toujours poser des questions. « reprendre » les relance.
resume-done = Les changements reprennent.

## Longues réponses
more-left =
    { $left ->
        [one] … et encore une ligne : « suite » la montre.
       *[other] … et encore { $left } lignes : « suite » les montre.
    }
more-none = Il n’y a rien de plus à montrer ici.

## Aide
help-head = Voici ce que vous pouvez me demander ici :
help-command = Commande
help-what = Ce qu’elle fait
help-tail = « aide <commande> » en dit plus sur l’une d’elles. Les mots anglais sont compris aussi.
help-directly = En message direct, je peux faire plus pour vous qu’ici.
help-argument = { $form } : { $expected }
help-argument-optional = { $form } : { $expected } (facultatif)
help-names = Noms : { $names }
help-changes = Elle change quelque chose sur l’hôte : c’est planifié, consigné et exécuté exactement une fois.
help-reads = Elle ne change rien.
help-decides = Elle décide du sort d’un changement, et c’est consigné.

## Qui suis-je
whoami-person = Vous êtes { $name } ({ $id }).
whoami-roles = Vos rôles : { $roles }.
whoami-accounts = Les comptes que je reconnais comme les vôtres :
whoami-accounts-direct = Les comptes que je reconnais comme les vôtres, je ne les dis qu’en message direct.
whoami-stranger = Je ne vous connais pas : { $label } n’appartient à personne que l’on m’ait présenté. Un·e admin peut vous présenter avec cette ligne (manchot.yaml, accounts, { $network }) :
whoami-stranger-sandbox = Je ne vous connais pas : { $label } n’est personne que ce bac à sable connaisse.
whoami-identity-verified = Votre identité est épinglée, et elle a signé cet appareil : ce que vous dites d’ici compte comme venant de vous.
whoami-identity-unsigned = ATTENTION : votre identité est épinglée, et elle n’a pas signé cet appareil. Je ne change rien qui soit demandé d’ici ; seul « suspendre » marche. Si l’appareil est le vôtre, vérifiez-le depuis un autre des vôtres, ou avec votre clé de récupération.
whoami-identity-other = ATTENTION : cet appareil est signé par une autre identité que celle qui est épinglée. Je ne change rien qui soit demandé d’ici ; seul « suspendre » marche. Si vous avez réinitialisé votre identité, un·e admin qui est sûr·e que c’est bien vous met cette ligne à la place de l’ancienne (manchot.yaml, accounts, matrix) ; sinon, changez votre mot de passe et prévenez un·e admin :
whoami-identity-unpinned = Votre identité a signé cet appareil, et n’est pas épinglée. Pour qu’aucun autre appareil ne puisse parler en votre nom, un·e admin qui est sûr·e que c’est bien vous met cette ligne à la place de votre identifiant Matrix (manchot.yaml, accounts, matrix) :
whoami-identity-none = Aucune identité à vous n’a signé cet appareil : il n’y a rien à épingler. Mettez en place votre clé de récupération, ou vérifiez cet appareil depuis un autre des vôtres, puis reposez la question.
whoami-identity-clear = Les identités ne se voient que dans les salons chiffrés : demandez là-bas laquelle a signé votre appareil.
whoami-identity-pinned-clear = Votre identité est épinglée. Elle ne se voit que dans les salons chiffrés : ici, je ne prends de vous aucune approbation.
whoami-more = Pour avoir davantage de droits, demandez à : { $admins }.

## Hôte
host-good = { $host } : tout ce que j’ai pu regarder va bien.
host-problems =
    { $count ->
        [one] { $host } : un problème.
       *[other] { $host } : { $count } problèmes.
    }
host-pool-health = Le pool { $name } est dans l’état { $health }.
host-pool-full = Le pool { $name } est plein à { $share } %.
host-no-pool = Aucun pool de stockage n’a été trouvé.
host-no-vm = Aucune machine virtuelle n’a été trouvée.
host-vms =
    { $all ->
        [one] 1 machine virtuelle, et elle est en marche.
       *[other] { $all } machines virtuelles, toutes en marche.
    }
host-vms-resting = Machines virtuelles en marche : { $running } sur { $all }. À l’arrêt : { $names }.
used-share = { $size } ({ $share } %)
policies-refused = Les règles ont été modifiées et ne sont PAS en vigueur ; celles d’avant s’appliquent toujours. { $count ->
    [one] Ce qui ne va pas
   *[other] Le premier des { $count } problèmes
  } : { $place } : { $message }. « manchot check », sur ma machine, dit tout.

## Machines virtuelles
vm-and-state = { $name } ({ $state })
vm-state-running = en marche
vm-state-idle = au repos
vm-state-paused = en pause
vm-state-in-shutdown = en cours d’arrêt
vm-state-shut-off = éteinte
vm-state-crashed = plantée
vm-state-pmsuspended = en veille
vm-state-unknown = état inconnu
vm-list-none = Il n’y a pas de machine virtuelle sur l’hôte.
vm-info-uuid = UUID : { $uuid }
vm-info-resources =
    { $vcpus ->
        [one] { $vcpus } processeur, { $memory } de mémoire
       *[other] { $vcpus } processeurs, { $memory } de mémoire
    }
vm-info-autostart = Démarre avec l’hôte : { $value }
vm-info-agent = Agent invité installé : { $value }
vm-info-no-disk = Elle n’a pas de disque.
vm-info-no-dataset = pas sur ZFS
vm-info-no-source = vide
vm-info-read-only = { $source } (lecture seule)
vm-info-addresses-unknown = Ses adresses ne sont pas connues : rien sur l’hôte n’a pu les dire.
vm-info-no-address = L’hôte ne lui connaît aucune adresse.
address-from-agent = la machine elle-même
address-from-lease = le DHCP de l’hôte
address-from-arp = les voisins de l’hôte (ARP)
vm-start-done = { $name } est démarrée ({ $state }). Ce qui tourne à l’intérieur peut demander encore un moment.
vm-stop-done = { $name } s’est arrêtée d’elle-même : elle est éteinte.
vm-restart-done = { $name } s’est arrêtée d’elle-même et a été redémarrée ({ $state }). Ce qui tourne à l’intérieur peut demander encore un moment.
vm-autostart-on = Désormais, { $name } démarre avec l’hôte. Qu’elle tourne ou non en ce moment n’a pas changé.
vm-autostart-off = Désormais, { $name } ne démarre plus avec l’hôte. Qu’elle tourne ou non en ce moment n’a pas changé.
vm-screenshot = L’écran de { $name }, pris le { $moment }.
vm-screenshot-alt = Image de ce que montrait l’écran de la machine virtuelle { $name } le { $moment }, { $width } × { $height } pixels.

## Images
picture-too-large = L’image manque ici : elle pèse { $size } Kio, et ce serveur n’accepte pas de fichier de cette taille. Demandez-la sur un autre réseau, ou regardez l’écran de la machine depuis l’hôte.
picture-not-taken = L’image manque ici : ce serveur n’accepte pas d’images. Demandez-la sur un autre réseau, ou regardez l’écran de la machine depuis l’hôte.
picture-refused = L’image manque ici : ce serveur l’a refusée (statut { $status }). Demandez-la sur un autre réseau, ou regardez l’écran de la machine depuis l’hôte.
picture-unanswered = L’image manque ici : elle n’a pas pu être remise à ce serveur, qui répond mal ou pas du tout. Redemandez-la plus tard, ou sur un autre réseau.
picture-unwritten = L’image manque ici : son fichier n’a pas pu être écrit ({ $code }). Faites de la place ou indiquez un autre dossier, puis redemandez-la.
terminal-picture = L’image est dans le fichier { $file }

## Colonnes
column-address = Adresse
column-autostart = Démarrage auto
column-content = Contenu
column-dataset = Jeu de données
column-disk = Disque
column-free = Libre
column-health = État
column-known-from = Dit par
column-mac = MAC
column-memory = Mémoire
column-note = Note
column-own = Occupe
column-pool = Pool
column-said = Demande
column-size = Taille
column-snapshot = Instantané
column-source = Source
column-state = État
column-taken = Pris
column-used = Utilisé
column-vcpus = Processeurs
column-vm = VM
column-when = Quand
column-who = Qui

## Instantanés
snapshot-done =
    { $count ->
        [one] L’instantané de { $targets } est pris.
       *[other] { $count } instantanés de { $targets } sont pris, tous au même instant.
    }
snapshot-note = Note : { $note }
consistency-crash = Il contient les disques comme si le courant avait été coupé à cet instant ; si l’on y revient, les bases de données se rétablissent comme après une panne de courant.
consistency-filesystem = Les systèmes de fichiers étaient au repos à cet instant ; les bases de données se rétablissent comme après une panne de courant.
consistency-application = Les applications étaient au repos à cet instant.
consistency-mixed = Là où les systèmes de fichiers n’étaient pas au repos, il contient les disques comme si le courant avait été coupé à cet instant ; si l’on y revient, les bases de données se rétablissent comme après une panne de courant.
why-crash-dataset = { $target } : c’est un jeu de données, aucune machine n’a donc été mise au repos.
why-crash-no-agent = { $target } : aucun agent invité n’y répond, ses systèmes de fichiers n’ont donc pas pu être mis au repos.
why-crash-off = { $target } : elle était éteinte ; ses disques sont comme elle les a laissés.
why-crash-freeze-failed =
    { $words ->
        [none] { $target } : ses systèmes de fichiers n’ont pas pu être mis au repos.
       *[other] { $target } : ses systèmes de fichiers n’ont pas pu être mis au repos. Les mots de l’hôte : { $words }
    }
why-crash-thawed-early =
    { $words ->
        [none] { $target } : ses systèmes de fichiers étaient au repos, mais pas jusqu’au bout.
       *[other] { $target } : ses systèmes de fichiers étaient au repos, mais pas jusqu’au bout. Les mots de l’hôte : { $words }
    }
why-crash-cut-off = { $target } : l’exécuteur a été coupé entre-temps, et ne sait pas si ses systèmes de fichiers étaient au repos.
why-crash-others = { $targets } : les systèmes de fichiers étaient au repos.
snapshots-none = { $target } n’a pas d’instantané.
snapshots-head =
    { $count ->
        [one] Un instantané de { $target } :
       *[other] { $count } instantanés de { $target }, les plus récents d’abord :
    }
snapshots-newest = Les { $count } instantanés les plus récents de { $target } ; il y en a de plus anciens, que je ne montre pas :

## Travaux
jobs-none-such = Il n’y a pas de tel changement. « travaux » seul les montre tous.
jobs-none = Aucun changement que vous puissiez voir.
jobs-shown = Les { $most } derniers au plus. « pourquoi <numéro> » en dit plus.
request-state-received = reçue
request-state-answered = répondue
request-state-accepted = acceptée
request-state-planned = planifiée
request-state-applying = en cours
request-state-done = faite
request-state-cancelled = annulée
request-state-denied = refusée par quelqu’un
request-state-expired = pas approuvée à temps
request-state-waiting = attend des approbations
request-state-failed = échouée
request-state-late = en retard, gardée
run-started = #{ $request } repart. La réponse viendra là où la demande a été faite.
run-not-late = Vous n’avez pas de changement en retard sous le numéro #{ $request }.

## Pourquoi
why-none = Il n’y a pas de demande #{ $request } que vous puissiez voir.
why-who = #{ $request } : { $who }, compte { $account }, le { $when }, { $where }, a dit :
why-person = { $person } ({ $label })
why-direct = à moi seul sur { $network } ({ $place })
why-room = sur { $network } ({ $place })
why-state = Où elle en est : { $state }.
why-plan = Le plan de l’exécuteur, dans ses propres mots :
why-journal = Ce que l’exécuteur a consigné :
why-no-journal = Le journal de l’exécuteur ne peut pas être lu en ce moment.
why-reads =
    { $count ->
        [one] a regardé l’hôte : une commande, bien terminée
       *[other] a regardé l’hôte : { $count } commandes, toutes bien terminées
    }
key-action = action
key-argv = ligne de commande
key-atMost = au plus
key-attempt = tentative
key-attempts = tentatives
key-autostart = démarre avec l’hôte
key-because = car
key-burnt = codes rendus inutilisables
key-by = par
key-class = classe
key-code = code de sortie
key-come = nouveau
key-command = commande
key-disks = disques
key-due = prévue
key-ended = fin
key-eventId = message
key-expired = expiré
key-expires = expire
key-factor = clé
key-for = attend
key-given = donné
key-gone = disparu
key-hash = empreinte
key-health = état de santé
key-id = plan
key-identity = identité
key-kind = genre
key-maximum = au plus
key-meanings = sens possibles
key-method = ce qui était demandé
key-minutes = minutes
key-ms = durée
key-person = personne
key-planned = empreinte du plan
key-pool = pool
key-pools = pools
key-queuedUntil = pas avant
key-reason = raison
key-recovered = trouvée finie après une panne
key-result = résultat
key-rule = règle
key-rules = règles
key-run = par la demande
key-seconds = temps laissé
key-signal = signal
key-since = depuis
key-state = état
key-stderr = ses mots
key-step = étape
key-steps-done = étapes faites
key-target = cible
key-through = par l’accès
key-took = a pris
key-tries = essais
key-until = jusqu’à
key-untold = autres du même genre, non gardées
key-vm = VM
key-waiting = en attente
key-wanted = voulu
key-wants = demande
key-what = quoi
key-why = car
key-words = mots
record-planned = planifiée
record-accepted = acceptée
record-read = a regardé l’hôte
record-begun = étape commencée
record-ran = commande terminée
record-stepped = étape finie, vérifiée sur l’hôte
record-refused = refusé
record-approved = approuvée par { $by }, { $how }
record-factor-wrong = un code faux a été donné pour { $by }
record-cancel-asked = { $by } a demandé de l’annuler
record-holding = les systèmes de fichiers de { $guests } vont se mettre au repos, pour { $most } au plus
record-released = { $guest } continue : plus rien n’y est gelé
record-released-early = { $guest } continue, libérée avant la fin de l’étape
record-freeze = a demandé à l’agent invité de geler
record-thaw = a demandé à l’agent invité de dégeler
record-paused = { $by } a suspendu tous les changements
record-resumed = { $by } a relancé les changements
record-ended = terminée
record-ended-done = faite
record-ended-failed = échouée
record-ended-expired = expirée, jamais appliquée
record-ended-denied = refusée par { $by }
record-ended-cancelled = annulée par { $by }
event-received = reçue
event-refused = pas permise
event-misunderstood = pas comprise
event-answered = répondue
event-accepted = acceptée
event-late = trop tard, gardée
event-unanswered = sans réponse : trop de messages d’un compte qui n’est à personne
event-planned = planifiée par l’exécuteur
event-applied = confiée à l’exécuteur
event-queued = attend son tour
event-progress = en cours
event-expired = le plan a expiré, planifiée à nouveau
event-approval-wanted = attend des approbations
event-code-not-burnt = un code contenu dans le message n’a pas pu être neutralisé
event-cancelled = annulée
event-denied = refusée par quelqu’un
event-unapproved = pas approuvée à temps
event-done = faite
event-failed = échouée
event-fault = une panne en moi
event-delivered = réponse remise
event-undeliverable = la réponse n’a pas pu être remise
event-restarted = reprise après un redémarrage
event-progress-unreachable = attend : l’hyperviseur n’est pas joignable
event-progress-untrusted = attend : l’identité de l’hyperviseur a changé
event-progress-incompatible = attend : l’exécuteur parle une autre version
event-progress-fault = retenue par une panne en moi
event-progress-paused = attend : les changements sont suspendus
event-progress-waiting = attend un autre changement
event-progress-queued = attend à cause de la limite de changements de l’hôte
event-progress-shutting = en cours : la machine virtuelle s’éteint
event-progress-running = en cours
event-approval-brought = une approbation a été présentée à l’exécuteur
event-approval-given = approuvée dans la conversation
event-code-burnt = un code a été dit ici ; il ne sert plus à rien, et n’a rien approuvé
event-cancel-asked = annulation demandée

## Les termes du protocole
reason-malformed = pas compris
reason-unknown-method = inconnu de l’exécuteur
reason-unknown-operation = opération inconnue
reason-unknown-target = pas de telle machine virtuelle, ni de tel jeu de données
reason-ambiguous-target = le nom désigne plusieurs choses
reason-no-such-plan = plan inconnu
reason-id-reused = l’identifiant a déjà une autre demande
reason-plan-changed = pas le plan qui a été montré
reason-expired = le plan a expiré
reason-void = ce sur quoi reposait le plan a changé
reason-needs-approval = il manque des approbations
reason-paused = les changements sont suspendus
reason-denied = quelqu’un a refusé
reason-cancelled = annulé
reason-hosts-own = seul le terminal de l’hôte peut y mettre fin
reason-too-late = trop tard pour cela
reason-factor-unknown = ce second facteur n’est pas enregistré
reason-factor-wrong = le second facteur ne convient pas
reason-factor-spent = le code a déjà servi
reason-factor-locked = trop de codes faux
reason-factor-not-enough = un code n’y suffit pas
reason-factors-unreadable = la liste des seconds facteurs est illisible
reason-protected = protégé sur l’hôte
reason-limit = au-delà d’une limite de l’hôte
reason-pool-unhealthy = le pool n’est pas en assez bon état
reason-several-pools = des disques sur plusieurs pools
reason-no-disks = aucun disque sur ZFS
reason-disk-outside = un disque hors de ZFS
reason-already-so = c’était déjà le cas
reason-wrong-state = l’état de la machine virtuelle ne le permet pas
reason-not-persistent = une machine virtuelle éphémère
reason-still-running = tournait encore à la fin du délai
reason-pool-not-served = Manchot ne peut rien modifier dans ce pool
reason-host-failed = une commande a échoué sur l’hôte
reason-interrupted = coupé en plein travail
reason-too-large = une réponse trop grande
reason-busy = occupé
operation-state-planned = planifiée
operation-state-queued = attend son tour
operation-state-running = en cours
operation-state-done = faite
operation-state-failed = échouée
operation-state-expired = expirée
operation-state-denied = refusée
operation-state-cancelled = annulée
class-ask = question
class-add = ajoute seulement
class-disrupt = perturbe
class-disrupt-for-good = perturbe durablement
class-destroy = détruit
wants-nothing = rien
wants-one-second-factor = un second facteur
wants-one-signature = une signature
wants-signatures-of-two-enrolled-persons = la signature de deux personnes
factor-kind-totp = avec un code
factor-kind-signature = avec une signature
factor-kind-host = au terminal de l’hôte
method-plan = la planifier
method-apply = l’exécuter
method-approve = l’approuver
method-deny = la refuser
method-cancel = l’annuler
because-changed = cela a changé
because-part = il n’en reste qu’une partie
because-gone = son effet a disparu
because-fault = une panne de l’exécuteur

## Le terminal du bac à sable
terminal-welcome =
    Bac à sable de Manchot : le vrai bot, ses vraies règles, un hyperviseur fictif.
    Rien de réel n’est touché. Essayez « hôte », « instantané web », « pourquoi 2 ».
    Vous êtes { $person } ; « /as » fait de vous une autre personne : { $people }, stranger.
    « aide » dit ce que vous pouvez demander, « /help » ce que sait faire ce terminal.
terminal-help =
    /as <personne>        parler en tant que quelqu’un d’autre : { $people }, ou stranger (quelqu’un d’inconnu)
    /on <réseau>          faire comme si vous écriviez dans un salon matrix, ou un message sur le fediverse
    /on <réseau> direct   de même, en tête-à-tête avec le bot
    /on matrix encrypted  dans un salon chiffré ; suivi de « unverified » : depuis un appareil non signé
    /late <minutes>       faire comme si le prochain message avait été envoyé il y a tant de minutes
    /break { $what }            coupe la liaison avec l’exécuteur ; /mend { $what } la rétablit
    /sign <numéro>        approuver un plan au nom de qui vous êtes, avec une clé SSH d’essai du bac à sable
    /code <numéro>        de même, avec un code d’un téléphone d’essai
    /quit                 partir, comme Ctrl-D
    Tout le reste est dit au bot.
terminal-now =
    { $how ->
        [encrypted] Vous êtes maintenant { $person } sur { $network }, dans un salon chiffré, depuis un appareil que votre identité a signé.
        [unverified] Vous êtes maintenant { $person } sur { $network }, dans un salon chiffré, depuis un appareil que votre identité n’a pas signé.
       *[clear] Vous êtes maintenant { $person } sur { $network }.
    }
terminal-stranger = Le bot ne connaît pas { $name } : vous lui êtes inconnu·e. Il connaît { $people }.
terminal-late = Votre prochain message aura été envoyé il y a { $minutes } min.
terminal-broken = La liaison « { $what } » est coupée. « /mend { $what } » la rétablit.
terminal-mended = La liaison « { $what } » est rétablie.
terminal-sign-hint = Dans le bac à sable : « /sign { $request } » le signe avec une clé d’essai, et l’approuve au nom de qui vous êtes.
terminal-code-hint = « /code { $request } » l’approuve avec un code de votre téléphone d’essai, là où les codes sont pris.
terminal-code-wait = Le téléphone d’essai ne montre pas encore de nouveau code : réessayez dans une demi-minute.
terminal-sign-missing = Il n’y a pas de /usr/bin/ssh-keygen sur cette machine, qui fait et vérifie les signatures : personne n’a de clé d’essai. Installez OpenSSH (apt install openssh-client), puis relancez le bac à sable.
terminal-sign-no-key = { $person } n’a ni clé ni téléphone d’essai : seul·es les admins du bac à sable en ont. « /as » vous fait parler en leur nom.
terminal-sign-no-plan = #{ $request } n’a pas de plan à signer. « travaux » montre les changements.
terminal-unknown = Ce terminal n’a pas de « { $word } ». « /help » dit ce qu’il sait faire.
terminal-usage = Usage : { $usage }
terminal-leave = Encore une fois Ctrl-C, ou Ctrl-D, pour partir.
terminal-still-broken = La liaison « { $what } » est toujours coupée : ce qui l’attend reprendra au prochain démarrage.

## Les règles expliquées, au terminal de la machine
explain-nobody = manchot.yaml ne connaît personne sous l’identifiant « { $who } ». Vouliez-vous dire { $near } ? Il y a : { $people }.
explain-allowed = Permis : { $call }
explain-refused = Refusé : { $call }
explain-who = Qui : { $name } ({ $id }), rôles : { $roles }
explain-stranger = Qui : quelqu’un que je ne connais pas
explain-not-pinned = Qui : { $name } ({ $id }), dont aucun compte n’est épinglé { $on } : quiconque y écrit m’est inconnu.
explain-where = Où : { $where }
explain-rule = Ce qui décide : { $rules }
explain-no-rule = aucune règle
explain-reason = Raison : { $reason }
explain-through = Grâce au rôle : { $roles }
explain-everybody = Aucun rôle n’est nécessaire.
explain-would-allow = Ce serait permis :
explain-would-refuse = Ce serait refusé :
explain-nothing-else = Aucun autre rôle, et aucune autre circonstance à elle seule, n’y changerait rien.
explain-policies = (Règles { $hash } ; « manchot policy log » dit lesquelles un bot en service applique.)
explain-on-matrix = sur Matrix
explain-on-fediverse = sur le Fédivers
explain-on-terminal = au terminal
explain-change-role = avec le rôle { $role }
explain-change-no-role = sans le rôle { $role }
explain-change-account = depuis un compte épinglé
explain-change-direct = en message direct
explain-change-not-direct = là où d’autres peuvent aussi le lire
explain-change-encrypted = avec chiffrement de bout en bout
explain-change-not-encrypted = sans chiffrement
explain-change-local = depuis un compte de notre propre serveur
explain-change-not-local = depuis un compte d’un autre serveur
explain-change-pinned = depuis un compte dont l’identité est épinglée
explain-change-not-pinned = depuis un compte dont l’identité n’est pas épinglée
explain-change-verified = chiffré, depuis un appareil que l’identité épinglée a signé
explain-change-not-verified = depuis un appareil que l’identité épinglée n’a pas signé
explain-change-visibility = dans un message de visibilité « { $visibility } »
policy-log-none = Aucune règle n’est encore entrée en vigueur : le bot n’a jamais été lancé avec ces archives.
policy-log-head = { $when } : { $before } → { $after }, { $cause } ; les fichiers appartiennent à { $who }
policy-log-first = rien
policy-log-first-rules = Les premières règles que le bot ait connues : { $files }.
policy-log-more = Il y a des changements plus anciens : --last { $more } en montre davantage.
policy-log-cause-start = lues au démarrage
policy-log-cause-signal = lues à la réception de SIGHUP
policy-log-cause-files = lues quand les fichiers ont changé

## Compte du Fédivers
enrol-bio = Je suis un bot : un programme qui aide à tenir un serveur. Pour savoir ce que je sais faire, écrivez-moi « @{ $name } aide » en message direct.
enrol-bio-owner = Responsable : { $owner }
